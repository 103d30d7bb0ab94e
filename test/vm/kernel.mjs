// Debian's kernel for the QEMU machine: fetched with apt, never installed, and kept in .cache/vm. Plain node without
// dependencies, as test/lab/packages.mjs; by itself: `node test/vm/kernel.mjs`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../../.cache/vm', import.meta.url));
const metaPackage = 'linux-image-amd64';

/** What Debian builds as modules and the machine or its tests need: files, a disk, veth, what `ss` asks. */
const wanted = [
  ...['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_blk'],
  ...['veth', 'unix_diag', 'tcp_diag', 'udp_diag', 'raw_diag', 'netlink_diag'],
];

/** Another list of modules is another directory. */
const digest = createHash('sha256').update(wanted.join()).digest('hex').slice(0, 8);
const kept = join(cache, `kernel-${digest}`);

/** @returns {{ vmlinuz: string, modules: string } | undefined} the modules are named NNN-NAME.ko in the order to load them */
export function keptKernel() {
  return existsSync(kept) ? { vmlinuz: join(kept, 'vmlinuz'), modules: join(kept, 'modules') } : undefined;
}

/** Fetches the kernel unless it is there, and says so first. Throws an Error that says what could not be done and why. */
export function fetchKernel() {
  if (keptKernel() !== undefined) return;
  if (process.arch !== 'x64') throw new Error(`the QEMU machine is x86-64 only, this is ${process.arch}`);
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetching-'));
  try {
    download(work);
    unpack(readdirSync(work)[0] ?? '', work);
    pick(work);
    renameSync(join(work, 'kept'), kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} work */
function download(work, again = false) {
  try {
    const name = /^ *Depends: (\S+)$/m.exec(run(['apt-cache', 'depends', metaPackage]))?.[1];
    if (name === undefined) throw new Error(`apt-cache knows no package that ${metaPackage} depends on`);
    process.stdout.write(`Downloading with apt-get for the QEMU machine, not installing: ${name}\n`);
    run(['apt-get', '-q', 'download', name], work);
  } catch (error) {
    if (again) throw error;
    // No package lists yet, or old ones that name a kernel the mirror has no more.
    run(['apt-get', '-q', 'update']);
    download(work, true);
  }
}

/**
 * @param {string} archive a .deb
 * @param {string} work
 */
function unpack(archive, work) {
  const large = ['*/kernel/sound', '*/drivers/gpu', '*/drivers/media', '*/drivers/net/wireless'];
  const words = [...large.map((path) => `--exclude=${path}`), './boot/vmlinuz-*', './lib/modules/*'];
  run(['sh', '-c', 'dpkg-deb --fsys-tarfile "$0" | tar -x --wildcards "$@"', archive, ...words], work);
}

/** @param {string} work holds boot/ and lib/modules/ of the package; gets kept/ */
function pick(work) {
  const modules = join(work, 'kept/modules');
  mkdirSync(modules, { recursive: true });
  cpSync(join(work, 'boot', readdirSync(join(work, 'boot'))[0] ?? ''), join(work, 'kept/vmlinuz'));
  const files = readdirSync(join(work, 'lib/modules'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.ko(\.xz|\.zst)?$/.test(path),
  );
  const byName = new Map(files.map((path) => [moduleName(path), join(work, 'lib/modules', path)]));
  for (const [index, [name, content]] of [...loadOrder(byName)].entries())
    writeFileSync(join(modules, `${String(index).padStart(3, '0')}-${name}.ko`), content);
}

/** @param {string} path */
const moduleName = (path) =>
  basename(path)
    .replace(/\.ko.*$/, '')
    .replaceAll('-', '_');

/**
 * Each module after those it depends on, as its .modinfo section names them. What a kernel has built in has no file.
 * @param {Map<string, string>} files
 */
function loadOrder(files) {
  /** @type {Map<string, Buffer>} */
  const order = new Map();
  /** @param {string} name */
  const add = (name) => {
    const file = files.get(name);
    if (file === undefined || order.has(name)) return;
    const content = plain(file);
    const depends = /\0depends=([^\0]*)\0/.exec(content.toString('latin1'))?.[1] ?? '';
    for (const other of depends.split(',')) add(other.replaceAll('-', '_'));
    order.set(name, content);
  };
  for (const name of wanted) add(name);
  return order;
}

/** @param {string} file */
function plain(file) {
  const tool = /\.(xz|zst)$/.exec(file)?.[1];
  if (tool === undefined) return readFileSync(file);
  run([tool === 'xz' ? 'unxz' : 'unzstd', file]);
  return readFileSync(file.slice(0, -tool.length - 1));
}

/**
 * @param {string[]} argv
 * @param {string} [cwd]
 */
function run(argv, cwd) {
  const [program = '', ...words] = argv;
  const { status, signal, error, stdout, stderr } = spawnSync(program, words, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(
    `${argv.join(' ')}: ${error?.message ?? `ended with ${signal ?? status}`}\n${stderr ?? ''}`.trim(),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    fetchKernel();
    process.stdout.write(`${keptKernel()?.vmlinuz}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
