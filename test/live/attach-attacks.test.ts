// What a container does to an attach that it sees coming, and to what it leaves in there.
import { execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareAttach } from '../../src/actions/attach/attach.ts';
import type { AttachOptions } from '../../src/actions/attach/options.ts';
import { buildOnce } from '../../src/build/bundle.mjs';
import { launch } from '../../src/launch/run.ts';
import { SampleTaker } from '../../src/live/take-sample.ts';
import { buildModel } from '../../src/model/build.ts';
import { resolveTarget } from '../../src/model/target.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { Lab } from '../lab/index.ts';
import { TestTerminal } from '../terminal.ts';
import { attach, leave } from './attach-kit.ts';

const INTRUDER = fileURLToPath(new URL('intruder.py', import.meta.url));
/** Also for who may not look into the home of whoever runs the tests. */
const PYTHON = '/usr/bin/python3';
const NOBODY = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--bounding-set=-all',
  '--inh-caps=-all',
];
const EVERY = ['mem', 'maps', 'environ', 'descriptors', 'file', 'root', 'getfd', 'ptrace'];

const files = new KernelFiles();
let lab: Lab;
let script: string;
beforeAll(async () => {
  lab = await Lab.create();
  chmodSync(lab.dir, 0o711);
  // Where everybody can read it.
  script = join(lab.dir, 'intruder.py');
  cpSync(INTRUDER, script);
});
afterAll(() => lab?.close());

/** What `attach` does, with one step more: right before it is the command it waits for `go`. All of its rights are the container's by then. */
async function held(initPid: number, options: Partial<AttachOptions>) {
  const model = buildModel(await new SampleTaker(files).take());
  const container = resolveTarget(model, String(initPid));
  const command = ['/bin/sleep', '1000000'];
  const prepared = prepareAttach(files, model.host.hierarchies, container, { command, ...options });
  const { operations } = prepared.program;
  const exec = operations.splice(-2);
  prepared.program.waitForParent('held');
  operations.push(...exec);
  let pid = 0;
  const launched = await launch(prepared.program, {
    target: 'test',
    leftAs: 'nothing was changed',
    stdio: ['ignore', 'ignore', 'ignore'],
    descriptors: prepared.passed,
    onReport: (_, value) => {
      pid = value;
    },
  });
  prepared.close();
  // It reads from its status socket.
  await lab.waitFor(
    () => pid !== 0 && /^\d+ 0x3 /.test(readFileSync(`/proc/${pid}/syscall`, 'latin1')),
    'the newcomer',
  );
  const newcomer = lab.track(pid);
  const file = () => readlinkSync(`/proc/${pid}/exe`);
  expect(file()).toContain('memfd:porthole-launch');
  return {
    inner: innerPid(pid),
    async goOn() {
      launched.go();
      expect(await launched.started).toEqual({ ok: true });
      expect(file()).toMatch(/\/(?:sleep|busybox|coreutils)$/);
      await newcomer.stop();
      await launched.ended;
    },
  };
}

function innerPid(pid: number): string {
  return /^NSpid:.*\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '';
}

async function containerOf(flags: readonly string[], name: string) {
  const { initPid } = await lab.unshare({ name, flags: [...flags, '--mount-proc'] });
  return { initPid, enter: ['-t', String(initPid), '-a', '--preserve-credentials'] };
}

function outcomes(words: readonly string[]): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    execFile('nsenter', [...words], (error, stdout) => {
      if (error !== null) reject(error);
      else
        resolve(
          Object.fromEntries(
            stdout
              .trimEnd()
              .split('\n')
              .map((line) => line.split(' ')),
          ),
        );
    });
  });
}

describe('looking into the newcomer before it is the command', () => {
  const ORDINARY = { user: '65534:65534', dropCapabilities: (1n << 41n) - 1n };
  it.each([
    [
      'who has its user and all its rights',
      ['-mpf'],
      'tk-user',
      NOBODY,
      ORDINARY,
      ['--user', '65534:65534', '--cap-drop', 'ALL'],
    ],
    ['root of a user namespace', ['-Urmpf'], 'tk-root', [], {}, []],
  ])('by %s fails in every way', async (_, flags, name, become, options, words) => {
    const { initPid, enter } = await containerOf(flags, name);
    const newcomer = await held(initPid, options);
    const intruder = [...enter, ...become, PYTHON, script];
    const found = await outcomes([...intruder, newcomer.inner]);
    expect(Object.keys(found)).toEqual(EVERY);
    for (const each of EVERY)
      expect([each, found[each]]).toEqual([each, expect.stringMatching(/^E(?:PERM|ACCES)$/)]);
    await newcomer.goOn();
    // The same on what is the container's own works, so it was not the intruder who failed.
    const own = await leave(lab, initPid, words);
    const others = await outcomes([...intruder, innerPid(own.pid)]);
    expect(others).toEqual(Object.fromEntries(EVERY.map((each) => [each, 'done'])));
    await own.stop();
  });
});

describe('overwriting what is run (CVE-2019-5736)', () => {
  it('root of the host in a container gets hold of the launcher, and cannot change it then or later', async () => {
    const { initPid, enter } = await containerOf(['-mpf'], 'tk-overwrite');
    const newcomer = await held(initPid, {});
    const words = [...enter, PYTHON, script, newcomer.inner, 'hold'];
    const intruder = spawn('nsenter', words, { stdio: ['pipe', 'pipe', 'inherit'] });
    lab.track(intruder);
    const lines = createInterface(intruder.stdout)[Symbol.asyncIterator]();
    const next = async () => String((await lines.next()).value);
    const [file, deleted, bytes] = (await next()).split(' ');
    expect([file, deleted]).toEqual(['/memfd:porthole-launch', '(deleted)']);
    expect(Number(bytes)).toBeLessThan(20_000);
    expect(await next()).toBe('while it runs ETXTBSY');
    await newcomer.goOn();
    intruder.stdin.end('now\n');
    expect([await next(), await next(), await next()]).toEqual([
      'write EPERM',
      'truncate EPERM',
      'mapping EPERM',
    ]);
  });

  it('a command that is a link to /proc/self/exe is the launcher once more, which finds nothing to do', async () => {
    const { initPid } = await lab.unshare({ name: 'tk-self', flags: ['-mpf', '--mount-proc'] });
    const link = join(lab.dir, 'self');
    symlinkSync('/proc/self/exe', link);
    expect((await attach(initPid, ['-q', '--', link])).status).toBe(125);
    expect((await attach(initPid, ['-q', '--', 'true'])).status).toBe(0);
  });
});

it('a /proc that is not one is neither asked nor written', async () => {
  const root = join(lab.dir, 'false-proc');
  cpSync(lab.rootfs, root, { recursive: true, verbatimSymlinks: true });
  const trap = join(root, 'trap');
  for (const who of ['self', 'thread-self']) mkdirSync(join(trap, who, 'attr/apparmor'), { recursive: true });
  const files = ['oom_score_adj', 'attr/exec', 'attr/apparmor/exec', 'status', 'mountinfo'].flatMap((file) =>
    ['self', 'thread-self'].map((who) => join(trap, who, file)),
  );
  for (const file of files) writeFileSync(file, 'untouched');
  rmSync(join(root, 'proc'), { recursive: true });
  symlinkSync('trap', join(root, 'proc'));
  const flags = ['-mpf', '--propagation', 'private', `--root=${root}`];
  const { initPid } = await lab.unshare({ name: 'tk-proc', flags });
  writeFileSync(`/proc/${initPid}/oom_score_adj`, '321');
  const command = await leave(lab, initPid);
  expect(readFileSync(`/proc/${command.pid}/oom_score_adj`, 'latin1')).toBe('321\n');
  for (const tools of [[], ['--tools', 'host']]) {
    const { status } = await attach(initPid, ['-q', ...tools, '--', 'sh', '-c', 'exit 4']);
    expect(status).toBe(4);
  }
  for (const file of files) expect(readFileSync(file, 'latin1')).toBe('untouched');
});

it.each([['-t'], ['-T']])(
  'with %s no terminal of the command is a console that takes TIOCLINUX',
  async (option) => {
    const { initPid } = await lab.unshare({ name: `tk-linux${option}`, flags: ['-mpf', '--mount-proc'] });
    // Subcode 3 pastes what is selected on a console into its input; 2 selects.
    const attack = [
      'import errno, fcntl, os',
      'for code in (2, 3):',
      '  for path in ("/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty"):',
      '    try: fcntl.ioctl(os.open(path, os.O_RDWR | os.O_NONBLOCK), 0x541C, bytes([code] * 16)); print("PASTED")',
      '    except OSError as error: print(errno.errorcode[error.errno])',
    ].join('\n');
    const words = [await buildOnce(), 'attach', '-q', option, String(initPid), '--', PYTHON, '-c', attack];
    const terminal = TestTerminal.start(process.execPath, words);
    try {
      await terminal.exited;
      await terminal.waitForScreen(
        (text) => text.match(/^(?:E[A-Z]+|PASTED)$/gm)?.length === 8,
        'eight answers',
      );
      expect(terminal.text).not.toContain('PASTED');
    } finally {
      await terminal.dispose();
    }
  },
);
