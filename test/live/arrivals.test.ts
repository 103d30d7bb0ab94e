// Containers that live for a few milliseconds: the process connector tells of them, and the truth is what their engines were told.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArrivalsWatch, startArrivals, watchOn } from '../../src/live/arrivals.ts';
import { SampleTaker } from '../../src/live/take-sample.ts';
import { buildModel } from '../../src/model/build.ts';
import type { Container } from '../../src/model/host-model.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { openProcessConnector } from '../../src/sys/process-connector.ts';
import { DockerEngine } from '../lab/docker.ts';
import { Lab, type OciSpec, waitFor } from '../lab/index.ts';
import { startStorm } from '../load/load.ts';
import { bundled } from '../load/run-ts.mjs';
import { doctor, ORDINARY_USER } from './porthole.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.create();
});
afterAll(() => lab?.close());

function watching(): ArrivalsWatch {
  const watch = startArrivals(new KernelFiles());
  if (!watch.ok) throw new Error(`${watch.path}: ${watch.errno}`);
  return watch.value;
}

const endOf = (child: ChildProcess) =>
  new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });

/** What a sample right after them says of those that came and went while `act` did its work. */
async function cameAndWent<T>(
  act: (watch: ArrivalsWatch) => Promise<T>,
): Promise<{ containers: Container[]; result: T }> {
  const watch = watching();
  const taker = new SampleTaker(new KernelFiles(), { repeats: true });
  try {
    const before = await taker.take();
    watch.drain();
    const result = await act(watch);
    const { ended, overflowed } = watch.drain();
    expect(overflowed).toBe(false);
    const sample = { ...(await taker.take()), ended };
    const { containers } = buildModel(sample, before);
    return { containers: containers.filter(({ state }) => state === 'exited'), result };
  } finally {
    taker.close();
    watch.close();
  }
}

/** A bundle whose command says how it ends. */
async function bundle(name: string, words: readonly string[]): Promise<string> {
  const directory = join(lab.dir, 'short', name);
  mkdirSync(directory, { recursive: true });
  execFileSync('runc', ['spec', '--bundle', directory]);
  const file = join(directory, 'config.json');
  const spec: OciSpec = JSON.parse(readFileSync(file, 'utf8'));
  spec.process.terminal = false;
  spec.process.args = [...words];
  delete spec.process.rlimits;
  spec.root.path = lab.rootfs;
  writeFileSync(file, JSON.stringify(spec));
  return directory;
}

const runc = (name: string, directory: string) =>
  endOf(
    spawn('runc', ['--root', join(lab.dir, 'short/state'), 'run', '--bundle', directory, name], {
      stdio: 'ignore',
    }),
  );

describe('containers that came and went', () => {
  it('of runc, thirty in a row, are each seen once, with the status that runc gave', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `short-${index}`);
    const directories = await Promise.all(
      names.map((name, index) => bundle(name, ['sh', '-c', `sleep 0.02; exit ${index}`])),
    );
    const { containers, result } = await cameAndWent(async () => {
      const statuses: (number | null)[] = [];
      for (const [index, name] of names.entries()) statuses.push(await runc(name, directories[index] ?? ''));
      return statuses;
    });
    expect(result).toEqual(names.map((_, index) => index));
    const seen = names.map((name) => containers.filter(({ cgroup }) => isIn(cgroup.paths, name)));
    expect(seen.map((each) => each.map(({ exitCode }) => exitCode))).toEqual(result.map((code) => [code]));
    for (const [container] of seen) {
      expect(container).toMatchObject({ runtime: 'runc', kind: 'container', pids: [], depth: 0 });
    }
  });

  it('of docker carry the id and the status that docker gave', async () => {
    const docker = await lab.docker();
    const { containers, result } = await cameAndWent(async () => {
      const words = ['--network', 'none', DockerEngine.image, 'sh', '-c', 'sleep 0.05; exit 5'];
      const id = (await docker.cli(['run', '-d', ...words])).trim();
      return { id, status: Number(await docker.cli(['wait', id])) };
    });
    await docker.cli(['rm', result.id]);
    expect(result.status).toBe(5);
    // Of other containers on this host nothing is known.
    expect(containers.filter(({ id }) => id === result.id)).toMatchObject([
      { id: result.id, key: `docker:${result.id}`, exitCode: 5, command: 'sh -c sleep 0.05; exit 5' },
    ]);
  });

  it('by a signal say which', async () => {
    const { containers } = await cameAndWent(async (watch) => {
      const child = spawn('unshare', ['-pf', 'sleep', '100'], { stdio: 'ignore' });
      const ended = endOf(child);
      const init = Number(await waitFor(() => sleeperOf(child.pid ?? 0), 'the init'));
      // What is killed in its first moment may not have been looked at.
      await waitFor(() => watch.drain().executed.has(init), 'the watch to have seen it');
      process.kill(init, 'SIGKILL');
      await ended;
    });
    const [container, ...others] = containers.filter(({ runtime }) => runtime === 'unshare');
    expect(others).toEqual([]);
    expect(container).toMatchObject({ exitSignal: 9, runtime: 'unshare', privateNamespaces: ['pid'] });
    expect(container).not.toHaveProperty('exitCode');
  });

  it('of unshare are seen as often as their tool ran', async () => {
    const count = 30;
    const { containers } = await cameAndWent(async () => {
      for (let i = 0; i < count; i++)
        await endOf(spawn('unshare', ['-pfm', 'sh', '-c', `sleep 0.02; exit ${i}`], { stdio: 'ignore' }));
    });
    const codes = containers.filter(({ runtime }) => runtime === 'unshare').map(({ exitCode }) => exitCode);
    expect(codes.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  it('so short that there may be nothing left to look at are mostly seen', async () => {
    const count = 30;
    const { containers } = await cameAndWent(async () => {
      for (let i = 0; i < count; i++) await endOf(spawn('unshare', ['-pfm', 'true'], { stdio: 'ignore' }));
    });
    const seen = containers.filter(({ runtime }) => runtime === 'unshare').length;
    console.log(`of ${count} containers that ran true, ${seen} were seen`);
    expect(seen).toBeGreaterThan(count / 3);
    expect(seen).toBeLessThanOrEqual(count);
  });
});

const isIn = (paths: Readonly<Record<string, string>>, name: string) =>
  Object.values(paths).some((path) => path.endsWith(`/${name}`));

/** The child of that process, once it has become sleep. */
function sleeperOf(pid: number): string | undefined {
  const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return child !== '' && readFileSync(`/proc/${child}/comm`, 'utf8') === 'sleep\n' ? child : undefined;
}

const descriptors = () =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  });
/** Sockets of the connector (protocol 11) that listen. */
const listeners = () =>
  readFileSync('/proc/net/netlink', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, protocol, port, groups]) => protocol === '11' && port !== '0' && groups === '00000001')
    .length;

describe('the watch', () => {
  it('leaves no thread, descriptor or subscription behind', async () => {
    watching().close();
    const before = {
      descriptors: descriptors(),
      threads: readdirSync('/proc/self/task').length,
      listeners: listeners(),
    };
    const watch = watching();
    expect(listeners()).toBe(before.listeners + 1);
    expect(readdirSync('/proc/self/task').length).toBeGreaterThan(before.threads);
    watch.close();
    watch.close();
    expect(watch.drain()).toMatchObject({ overflowed: true });
    expect({
      descriptors: descriptors(),
      threads: readdirSync('/proc/self/task').length,
      listeners: listeners(),
    }).toEqual(before);
  });

  it('tells of what executed and of what ended, and costs little while 200 processes a second come and go', async () => {
    const watch = watching();
    const storm = await startStorm({ perSecond: 200, seconds: 60 });
    try {
      watch.drain();
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      let exited = 0;
      await waitFor(() => {
        exited += watch.drain().exited.size;
        return performance.now() - start > 3000;
      }, 'three seconds');
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      const share = (user + system) / 1e6 / seconds;
      console.log(
        `${Math.round(exited / seconds)} ends a second cost ${(share * 100).toFixed(1)} % of a processor`,
      );
      expect(exited / seconds).toBeGreaterThan(100);
      expect(share).toBeLessThan(0.3);
    } finally {
      await storm.stop();
      watch.close();
    }
  });

  it.each([['exit'], ['natural end'], ['terminate'], ['leave an orphan']])(
    'does not hold up the end of its process: %s',
    async (how) => {
      const program = await bundled('test/live/arrivals-program.ts');
      const child = spawn(process.execPath, [program, how], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = endOf(child);
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const since = performance.now();
      expect(await ended).toBe(how === 'exit' ? 3 : 0);
      expect(performance.now() - since).toBeLessThan(2000);
    },
  );
});

describe('the process connector', () => {
  it('says when it had more to tell than there was room for, and goes on after that', async () => {
    const opened = openProcessConnector(4096);
    if (!opened.ok) throw new Error(opened.errno);
    const connector = opened.value;
    execFileSync('sh', ['-c', 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do /bin/true; done']);
    const watch = watchOn(new KernelFiles(), connector.fd, () => connector.close());
    if (!watch.ok) throw new Error(`${watch.path}: ${watch.errno}`);
    try {
      expect(watch.value.drain().overflowed).toBe(true);
      const child = spawn('sh', ['-c', 'exit 7']);
      await endOf(child);
      const { executed, exited, overflowed } = watch.value.drain();
      if (!overflowed)
        expect([executed, exited].map((each) => each.has(child.pid ?? 0))).toEqual([true, true]);
    } finally {
      watch.value.close();
    }
  });
});

describe('doctor', () => {
  const arrivals = async (inside: readonly string[]) => {
    const { checks } = await doctor({ through: inside });
    return (checks as { id: string }[]).find(({ id }) => id === 'arrivals');
  };
  it.each<[string, string[], string, string]>([
    ['root on the host', [], 'ok', ''],
    // Since Linux 6.6.
    ['an ordinary user', [...ORDINARY_USER], 'ok', ''],
    ['a pid namespace', ['unshare', '-mpf', '--mount-proc'], 'limited', 'ETIMEDOUT'],
    ['a user namespace', ['unshare', '-Ur'], 'limited', 'ETIMEDOUT'],
    ['a net namespace', ['unshare', '-n'], 'limited', 'ECONNREFUSED'],
  ])('in %s', async (_name, inside, status, errno) => {
    expect(await arrivals(inside)).toMatchObject({ status, detail: expect.stringContaining(errno) });
  });
});
