// `porthole freeze` and `thaw` on real containers: until they are thawed, for a time, while a command runs; what is true is read from
// the kernel's own files.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabContainer } from '../lab/index.ts';
import {
  freezerDirectory,
  frozenWeb,
  release,
  STORM,
  startPorthole,
  state,
  target,
  ticksIn,
  until,
  watchdogsOf,
} from './freeze-kit.ts';
import { acted, only, porthole, ps } from './porthole.ts';

let lab: Lab;
let docker: LabContainer;
let lxc: LabContainer;
let bare: LabContainer;

beforeAll(async () => {
  lab = await Lab.create();
  docker = await frozenWeb(lab);
  lxc = await lab.lxc({ name: 'frozen-db', cmd: ['/bin/sleep', '1000000'] });
  bare = await lab.unshare({ cgroup: await lab.cgroup(['freezer'], 'bare') });
});
afterEach(() => release(containers()));
afterAll(() => lab?.close());

const containers = () => [docker, lxc, bare];
const ours = () => watchdogsOf(containers());

describe('freeze and thaw', () => {
  it.each([0, 1, 2])('stop every process and let it go on: container %i', async (index) => {
    const container = containers()[index];
    if (container === undefined) throw new Error('no container');
    const directory = freezerDirectory(container.initPid);
    const frozen = await acted('freeze', [target(container)]);
    expect(state(container)).toBe('FROZEN');
    expect(frozen).toMatchObject({
      state: 'frozen',
      cgroup: { hierarchy: 'freezer' },
      changes: [{ file: `${directory}/freezer.state`, from: 'THAWED', to: 'FROZEN', readBack: 'FROZEN' }],
    });
    expect((await acted('freeze', [target(container)]))['changes']).toEqual([]);
    expect(only(await ps(), container.initPid).state).toBe('frozen');
    const thawed = await acted('thaw', [target(container)]);
    expect(state(container)).toBe('THAWED');
    expect(thawed).toMatchObject({
      state: 'thawed',
      changes: [{ from: 'FROZEN', to: 'THAWED', readBack: 'THAWED' }],
    });
    expect((await acted('thaw', [target(container)]))['changes']).toEqual([]);
  });

  it('nothing runs in it meanwhile', async () => {
    const directory = freezerDirectory(docker.initPid);
    await until(() => ticksIn(directory) > 2, 'it to use the processor');
    expect((await porthole(['freeze', 'frozen-web'])).status).toBe(0);
    const before = ticksIn(directory);
    const other = only(await ps(['--interval', '0.5']), docker.initPid);
    expect(ticksIn(directory)).toBe(before);
    expect(other.cpu.ratio).toBe(0);
    expect((await porthole(['thaw', 'frozen-web', '-q'])).stdout).toBe('');
    await until(() => ticksIn(directory) > before, 'it to use the processor again');
  });

  it('what somebody else froze is thawed, and what is frozen already is said to be', async () => {
    const file = `${freezerDirectory(docker.initPid)}/freezer.state`;
    // As `docker pause` does it, which gives up where the processor is short.
    writeFileSync(file, 'FROZEN');
    await until(() => state(docker) === 'FROZEN', 'it to be frozen');
    expect((await porthole(['freeze', 'frozen-web'])).stdout).toBe('frozen-web was frozen already\n');
    expect((await porthole(['thaw', 'frozen-web'])).stdout).toMatch(
      /^frozen-web is thawed \(freezer:\/docker\//,
    );
    expect(state(docker)).toBe('THAWED');
  });

  it('--dry-run changes nothing', async () => {
    const file = `${freezerDirectory(docker.initPid)}/freezer.state`;
    const { stdout } = await porthole(['freeze', 'frozen-web', '--dry-run', '--for', '30s']);
    expect(stdout).toBe(
      `${file}: THAWED -> FROZEN\n2 processes would stop\nafter 30s a watchdog would write THAWED\n`,
    );
    expect(await acted('freeze', ['frozen-web', '--dry-run'])).toMatchObject({
      dryRun: true,
      state: 'thawed',
    });
    expect(await acted('thaw', ['frozen-web', '--dry-run'])).toMatchObject({ dryRun: true, changes: [] });
    expect([state(docker), ours()]).toEqual(['THAWED', []]);
  });

  it('a container that forks all the time, again and again', async () => {
    const cgroup = await lab.cgroup(['freezer'], 'storm');
    const storm = await lab.unshare({ cgroup, cmd: STORM });
    for (let round = 0; round < 5; round++) {
      expect((await porthole(['freeze', target(storm), '--timeout', '5s'])).stderr).toBe('');
      expect(state(storm)).toBe('FROZEN');
      expect((await porthole(['thaw', target(storm)])).stderr).toBe('');
    }
  });
});

describe('--for', () => {
  it('thaws by itself, within a second of its time, and says when', async () => {
    const started = Date.now();
    const document = await acted('freeze', ['frozen-web', '--for', '1500ms']);
    expect(state(docker)).toBe('FROZEN');
    const { pid } = document['watchdog'] as { pid: number };
    expect(ours()).toEqual([pid]);
    await until(() => state(docker) === 'THAWED', 'its thaw');
    const tookMs = Date.now() - started;
    expect(tookMs).toBeGreaterThan(1500);
    expect(Math.abs(Date.now() - Date.parse(String(document['thawsAt'])))).toBeLessThan(1000);
    await until(() => ours().length === 0, 'the end of the watchdog');
  });

  it('also when Porthole is killed as soon as it is frozen', async () => {
    const started = performance.now();
    const { child, ended } = await startPorthole(['freeze', 'frozen-web', '--for', '2s']);
    await until(() => state(docker) === 'FROZEN', 'it to be frozen');
    child.kill('SIGKILL');
    await ended;
    await until(() => state(docker) === 'THAWED', 'its thaw', 4000);
    const tookMs = performance.now() - started;
    expect(tookMs).toBeGreaterThan(2000);
    expect(tookMs).toBeLessThan(2000 + 1000 + 1000);
  });

  it('thawed before, nothing thaws it a second time; another --for counts from then', async () => {
    await porthole(['freeze', 'frozen-web', '--for', '30s']);
    expect((await porthole(['thaw', 'frozen-web'])).stdout).toContain('called off');
    expect(ours()).toEqual([]);
    await porthole(['freeze', 'frozen-web', '--for', '30s']);
    await porthole(['freeze', 'frozen-web', '--for', '1h']);
    expect(ours()).toHaveLength(1);
    await porthole(['freeze', 'frozen-web']);
    expect([state(docker), ours()]).toEqual(['FROZEN', []]);
  });
});

describe('while a command runs', () => {
  const look = (container: LabContainer) => ['cat', `${freezerDirectory(container.initPid)}/freezer.state`];

  it('it is frozen, and the status is the command’s', async () => {
    expect(await porthole(['freeze', 'frozen-web', '--', ...look(docker)])).toEqual({
      status: 0,
      stdout: 'FROZEN\n',
      stderr: '',
    });
    expect(state(docker)).toBe('THAWED');
    const run = async (...argv: string[]) => {
      const { status, stderr } = await porthole(['freeze', 'frozen-web', '--', ...argv]);
      expect([state(docker), ours()]).toEqual(['THAWED', []]);
      return [status, stderr];
    };
    expect(await run('sh', '-c', 'exit 7')).toEqual([7, '']);
    expect(await run('sh', '-c', 'kill -TERM $$')).toEqual([143, '']);
    expect(await run('/etc/passwd')).toEqual([126, expect.stringContaining('EACCES')]);
    expect(await run('there-is-no-such-command')).toEqual([127, expect.stringContaining('ENOENT')]);
  });

  it('it has the limits and the descriptors of who started Porthole', async () => {
    const look = ['sh', '-c', 'ulimit -Sn; ulimit -Hn; ls /proc/self/fd'];
    const through = ['sh', '-c', 'ulimit -Sn 777; exec 7</dev/null; "$@"', 'sh'];
    const { stdout } = await porthole(['freeze', 'frozen-web', '--', ...look], { through });
    expect(stdout.split('\n').slice(0, 1)).toEqual(['777']);
    // ls has the directory open as well.
    expect(stdout.trim().split('\n').slice(2)).toEqual(['0', '1', '2', '3']);
  });

  it('it stays frozen when it was before', async () => {
    await porthole(['freeze', 'frozen-web']);
    const { stderr, status } = await porthole(['freeze', 'frozen-web', '--', 'true']);
    expect([status, stderr]).toEqual([0, 'porthole: freeze: frozen-web was frozen already, and stays so\n']);
    expect(state(docker)).toBe('FROZEN');
  });

  it('a signal reaches the command, and then it is thawed', async () => {
    const script = 'trap "exit 9" TERM; echo here; while :; do sleep 0.05; done';
    const { child, ended } = await startPorthole(['freeze', 'frozen-web', '--', 'sh', '-c', script]);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    expect(state(docker)).toBe('FROZEN');
    child.kill('SIGTERM');
    expect(await ended).toBe(9);
    expect([state(docker), ours()]).toEqual(['THAWED', []]);
  });

  it('Porthole killed: thawed within a second, and the command is told to end', async () => {
    const pidFile = join(lab.dir, 'pid');
    const argv = ['sh', '-c', `echo $$ > ${pidFile}; echo here; exec sleep 1000`];
    const { child, ended } = await startPorthole(['freeze', 'frozen-web', '--', ...argv]);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    expect(state(docker)).toBe('FROZEN');
    child.kill('SIGKILL');
    await ended;
    expect(await until(() => state(docker) === 'THAWED', 'its thaw')).toBeLessThan(1000);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await until(() => !isAlive(pid), 'the end of the command');
    await until(() => ours().length === 0, 'the end of the watchdog');
  });
});

function isAlive(pid: number): boolean {
  try {
    return !/^State:\t[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // ENOENT: it has ended
  }
}
