// Where an attached command is put, what --dry-run says of it, and what stays when it has ended.
import { closeSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Attached, type PreparedAttach, prepareAttach } from '../../src/actions/attach/attach.ts';
import { attachInTerminal } from '../../src/actions/attach/in-terminal.ts';
import type { AttachOptions } from '../../src/actions/attach/options.ts';
import { attachProgram, numbered } from '../../src/actions/attach/program.ts';
import { launch } from '../../src/launch/run.ts';
import { SampleTaker } from '../../src/live/take-sample.ts';
import { buildModel } from '../../src/model/build.ts';
import type { HostModel } from '../../src/model/host-model.ts';
import { resolveTarget } from '../../src/model/target.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { checked, libcFunction } from '../../src/sys/koffi.ts';
import { Lab, type LabContainer } from '../lab/index.ts';
import { factsOf, leave } from './attach-kit.ts';
import { children, descriptors } from './launch-kit.ts';
import { cannotTrace, compareWithStrace } from './strace-kit.ts';

let lab: Lab;
let runc: LabContainer;
let model: HostModel;
const files = new KernelFiles();
beforeAll(async () => {
  lab = await Lab.create();
  runc = await lab.runc({ name: 'at-places' });
  model = buildModel(await new SampleTaker(files).take());
});
afterAll(() => lab?.close());

function prepared(
  target: string | number,
  options: Partial<AttachOptions> = {},
  release?: string,
): PreparedAttach {
  const container = resolveTarget(model, String(target));
  return prepareAttach(files, model.host.hierarchies, container, { command: ['true'], ...options }, release);
}

async function attachOnce(target: string | number, options?: Partial<AttachOptions>): Promise<number> {
  const attach = prepared(target, options);
  try {
    return await (await attach.start(['ignore', 'ignore', 'ignore'])).ended;
  } finally {
    attach.close();
  }
}

it('a pid that is another process by now is refused', () => {
  const container = resolveTarget(model, String(runc.initPid));
  const reused = { ...container, initStarttimeTicks: container.initStarttimeTicks - 1 };
  const before = descriptors();
  expect(() => prepareAttach(files, model.host.hierarchies, reused, { command: ['true'] })).toThrow(
    /is another process now/,
  );
  expect(descriptors()).toEqual(before);
});

it('300 attaches leave no descriptor, no process and no cgroup', async () => {
  expect(await attachOnce(runc.initPid)).toBe(0);
  const before = { fds: descriptors(), children: children() };
  for (let i = 0; i < 75; i++) {
    const ends = await Promise.all([0, 1, 2, 3].map(() => attachOnce(runc.initPid)));
    expect(ends).toEqual([0, 0, 0, 0]);
  }
  for (let i = 0; i < 20; i++)
    await expect(attachOnce(runc.initPid, { command: ['nowhere'] })).rejects.toThrow('execve');
  expect({ fds: descriptors(), children: children() }).toEqual(before);
  expect(readFileSync(`/proc/${runc.initPid}/task/${runc.initPid}/children`, 'latin1')).toBe('');
});

it('a cgroup whose processes are all further down is joined there, and one that is threaded too', async () => {
  const outer = await lab.cgroup(['unified'], 'busy');
  const inner = await lab.cgroup(['unified'], 'busy/inner');
  const threaded = await lab.cgroup(['unified'], 'busy/inner/threads');
  const target = await lab.unshare({ name: 'at-busy', cgroup: inner });
  const fresh = buildModel(await new SampleTaker(files).take());
  model = fresh;
  const first = await leave(lab, target.initPid);
  expect(readFileSync(`/proc/${first.pid}/cgroup`, 'latin1')).toContain(`0::${inner.path}\n`);
  await first.stop();
  const [directory = ''] = Object.values(threaded.dirs);
  writeFileSync(join(directory, 'cgroup.type'), 'threaded');
  writeFileSync(join(directory, 'cgroup.threads'), String(target.initPid));
  const second = await leave(lab, target.initPid);
  expect(readFileSync(`/proc/${second.pid}/cgroup`, 'latin1')).toContain(`0::${threaded.path}\n`);
  await second.stop();
  expect(outer.path).not.toBe('');
});

it.skipIf(cannotTrace)(
  `strace sees what --dry-run said${cannotTrace ? ' (skipped: strace may not trace here)' : ''}`,
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'porthole-attach-test-'));
    try {
      const attach = prepared(runc.initPid, { user: '1000:7', groups: ['5', '6'], workdir: '/tmp' });
      try {
        await compareWithStrace(attach.program, { how: 'exited', status: 0 }, directory, attach.passed);
      } finally {
        attach.close();
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
);

it('a terminal is closed however its attach fails', async () => {
  const before = descriptors();
  const attach = prepared(runc.initPid, { command: ['sleep', '1000000'], terminal: { name: 'xterm' } });
  let pid = 0;
  const caller = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    terminalFd: undefined,
    detachKeys: undefined,
    isRaw: false,
    onStarted: (attached: Attached) => {
      pid = attached.pid;
      throw new Error('on purpose');
    },
  };
  try {
    await expect(attachInTerminal(attach, caller)).rejects.toThrow('on purpose');
  } finally {
    attach.close();
  }
  // Nobody has its terminal any more, so the command was hung up.
  await lab.waitFor(() => !existsSync(`/proc/${pid}`), 'the end of the command');
  expect(descriptors()).toEqual(before);
});

describe('as an older kernel would need it', () => {
  const factsFrom = async (initPid: number, release?: string) => {
    // A program that opens nothing when it starts.
    const command = ['/bin/busybox', 'sleep', '1000000'];
    const attach = prepared(initPid, { command, detach: true }, release);
    try {
      const { pid } = await attach.start(['ignore', 'ignore', 'ignore']);
      return factsOf(lab.track(pid).pid);
    } finally {
      attach.close();
    }
  };

  it.each([
    ["an engine's container", async () => runc],
    ['every namespace there is', () => lab.unshare({ flags: ['-UrmpfuinCT', '--mount-proc'] })],
  ])('%s: the command is the same, namespace by namespace and descriptor by descriptor', async (_, make) => {
    const { initPid } = await make();
    model = buildModel(await new SampleTaker(files).take());
    for (const release of ['5.6.0', '5.7.19-x', '5.10.0'])
      expect(await factsFrom(initPid, release)).toEqual(await factsFrom(initPid));
  });

  it.skipIf(cannotTrace)('strace sees what --dry-run said', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'porthole-attach-test-'));
    const attach = prepared(runc.initPid, {}, '5.6.0');
    try {
      const text = attach.explained();
      expect(text).toMatch(/setns\(\d+, CLONE_NEWNET\)\n/);
      expect(text).not.toMatch(/close_range|clone3|CLONE_NEWNS\|/);
      await compareWithStrace(attach.program, { how: 'exited', status: 0 }, directory, attach.passed);
    } finally {
      attach.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it.each([
    ['5.5.19', {}, 'needs Linux 5.6 (openat2)'],
    ['5.11.0', { tools: 'host' as const }, 'needs Linux 5.12 (mount_setattr)'],
  ])('%s is refused when there is no older way', (release, options, why) => {
    const before = descriptors();
    expect(() => prepared(runc.initPid, options, release)).toThrow(why);
    expect(descriptors()).toEqual(before);
  });
});

describe('a cgroup that takes nobody for now (EINVAL)', () => {
  // An eventfd says EINVAL to whatever is not eight bytes, as a cgroup does while a process in it is being made.
  const attachTo = async (mayFail: boolean) => {
    const attach = prepared(runc.initPid, { withoutCgroup: true });
    const eventfd = libcFunction('int eventfd(uint initial, int flags)');
    const fd = checked('eventfd', Number(eventfd(0, 0)));
    try {
      const [pidfd = -1, root = -1, cwd = -1] = attach.passed;
      const held = { pidfd, namespaces: [], root, cwd, cgroups: [{ how: 'write', fd, mayFail }] } as const;
      const { inProgram, passed } = numbered(held);
      const launched = await launch(attachProgram(attach.plan, inProgram), {
        target: 'at-places',
        leftAs: 'nothing was changed',
        stdio: ['ignore', 'ignore', 'ignore'],
        descriptors: passed,
      });
      const [started] = await Promise.all([launched.started, launched.ended]);
      return started;
    } finally {
      closeSync(fd);
      attach.close();
    }
  };

  it('is tried again, but not for ever', async () => {
    expect(await attachTo(false)).toMatchObject({
      ok: false,
      error: { step: 'write(cgroup)', errno: 'EINVAL' },
    });
  });

  it('costs an ordinary user its limits, and not the attach', async () => {
    expect(await attachTo(true)).toEqual({ ok: true });
  });
});
