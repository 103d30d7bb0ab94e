// What the kernel's own cgroup files say at one moment: every directory below the given ones, with inode, owner, the names
// below it, and each file's text or the errno it was refused with. `node snapshot.mjs DIR...` prints it as JSON, for machines
// from which only files come back.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

/** Only for writing, or thousands of lines of no use here. */
const LEFT_OUT =
  /^(cgroup\.(kill|event_control)|memory\.(reclaim|force_empty|pressure_level|numa_stat|kmem\.slabinfo)|blkio\.reset_stats|cpuacct\.usage_(all|percpu.*))$/;

export function snapshotCgroups(roots) {
  const directories = {};
  const pending = [...roots];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const directory = attempt(() => look(path));
    // Removed in the meantime.
    if (typeof directory === 'object' && 'errno' in directory) continue;
    directories[path] = directory;
    for (const name of directory.children) pending.push(`${path}/${name}`);
  }
  return { directories, meminfo: readFileSync('/proc/meminfo', 'utf8'), takenAtMs: Date.now() };
}

function look(path) {
  const { ino, uid, gid } = statSync(path);
  const entries = readdirSync(path, { withFileTypes: true });
  const names = entries.filter((each) => each.isFile() && !LEFT_OUT.test(each.name)).map(({ name }) => name);
  return {
    inode: ino,
    uid,
    gid,
    children: entries.filter((each) => each.isDirectory()).map(({ name }) => name),
    files: Object.fromEntries(
      names.map((name) => [name, attempt(() => readFileSync(`${path}/${name}`, 'utf8'))]),
    ),
  };
}

function attempt(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { errno: String(error.code) };
    throw error;
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(snapshotCgroups(argv.slice(2))));
