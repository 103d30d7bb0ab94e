// `porthole kill` on real containers: who is signalled, who is not, and that nobody escapes.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerEngine, Lab, type LabCgroup, type LabContainer } from '../lab/index.ts';
import { waitFor } from '../lab/wait.ts';
import { freezerDirectory, STORM, stateIn, until, watchdogs } from './freeze-kit.ts';
import { stateOf } from './launch-kit.ts';
import { acted, ORDINARY_USER, porthole } from './porthole.ts';

let lab: Lab;
let docker: DockerEngine;
let count = 0;

beforeAll(async () => {
  lab = await Lab.create();
  docker = await lab.docker();
});
afterAll(async () => {
  expect(watchdogs(`/sys/fs/cgroup/freezer/${basename(lab.dir)}`)).toEqual([]);
  await lab?.close();
});

const hasEnded = (pid: number) => ['', 'Z'].includes(stateOf(pid));
/** Ends by SIGTERM with a status of its own, and says what else it hears. */
const POLITE = [
  '/bin/sh',
  '-c',
  'trap "exit 3" TERM; trap "echo hup >> /heard" HUP; while :; do sleep 0.05; done',
];

const polite = () => docker.run({ name: `polite-${++count}`, cmd: POLITE });
const rude = () => docker.run({ name: `rude-${++count}` });
const kill = (container: LabContainer, ...args: string[]) =>
  porthole(['kill', String(container.initPid), ...args]);
const procsIn = (directory: string) =>
  readFileSync(`${directory}/cgroup.procs`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);

/** Two namespaces of its own, but no pid namespace: the kernel ends nobody with its init. */
async function sandbox(cgroup: LabCgroup, script: readonly string[]): Promise<LabContainer> {
  return lab.unshare({ cgroup, flags: ['-m', '-u'], cmd: script, name: `sandbox-${++count}` });
}

describe('a signal to its init', () => {
  it('reaches it, and says whom', async () => {
    const container = await polite();
    const { status, stdout, stderr } = await kill(container);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`SIGTERM sent to init of ${container.name}, sh (${container.initPid})\n`);
    await until(() => hasEnded(container.initPid), 'its end');
  });

  it.each(['HUP', 'SIGHUP', 'hup', '1'])('by whatever name: %s', async (name) => {
    const container = await polite();
    expect((await kill(container, '-s', name)).status).toBe(0);
    const heard = () => {
      try {
        return readFileSync(`/proc/${container.initPid}/root/heard`, 'utf8');
      } catch {
        return ''; // ENOENT: not yet
      }
    };
    await until(() => heard() === 'hup\n', 'it to be heard');
    expect(hasEnded(container.initPid)).toBe(false);
  });

  it('that the kernel drops is said to be', async () => {
    const container = await rude();
    const { status, stderr } = await kill(container);
    expect([status, stderr]).toEqual([0, expect.stringContaining('the kernel drops SIGTERM here')]);
    expect(await acted('kill', [container.name])).toMatchObject({ dropped: true });
    expect(hasEnded(container.initPid)).toBe(false);
  });

  it('SIGKILL ends all that is in its pid namespace', async () => {
    const container = await rude();
    const second = await container.exec(['/bin/sleep', '1000000']);
    expect((await kill(container, '-s', 'KILL')).status).toBe(0);
    await until(() => hasEnded(container.initPid) && hasEnded(second.pid), 'their end');
  });

  it('of lxc, and of an unshare in a cgroup of others, who are left alone', async () => {
    const lxc = await lab.lxc({ name: 'killed-db', cmd: POLITE });
    const shared = await lab.cgroup(['freezer'], 'guests');
    const [guest, neighbour] = [
      await lab.unshare({ cgroup: shared, cmd: STORM }),
      await lab.unshare({ cgroup: shared }),
    ];
    expect((await kill(lxc, '--wait', '10s')).stdout).toMatch(
      /^SIGTERM .*\nkilled-db has ended after [\d.]+m?s\n$/,
    );
    expect((await kill(guest, '-s', 'KILL', '--all', '--wait', '10s')).status).toBe(0);
    expect([hasEnded(lxc.initPid), hasEnded(guest.initPid), hasEnded(neighbour.initPid)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('--wait', () => {
  it('is over as soon as it has ended', async () => {
    const container = await polite();
    const started = performance.now();
    const document = await acted('kill', [container.name, '--wait', '60s']);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(document).toMatchObject({
      ended: true,
      sent: [{ signal: 'SIGTERM', method: 'pidfd', pids: [container.initPid] }],
    });
    expect(hasEnded(container.initPid)).toBe(true);
  });

  it('sends SIGKILL to all of what has not', async () => {
    const container = await rude();
    const second = await container.exec(['/bin/sleep', '1000000']);
    const started = performance.now();
    const { status, stdout } = await kill(container, '--wait', '700ms');
    expect([status, stdout]).toEqual([
      0,
      expect.stringContaining('it had not ended in time: SIGKILL sent to 2 processes'),
    ]);
    expect(performance.now() - started).toBeGreaterThan(700);
    expect([hasEnded(container.initPid), hasEnded(second.pid)]).toEqual([true, true]);
  });
});

describe('--all', () => {
  it('reaches every process, those of a container in it too', async () => {
    const cgroup = await lab.cgroup(['freezer'], 'nesting');
    const script = 'sleep 1000001 & unshare -pf --kill-child sleep 1000002 & wait';
    const container = await lab.unshare({ cgroup, cmd: ['/bin/sh', '-c', script] });
    const directory = cgroup.dirs['freezer'] ?? '';
    await until(() => procsIn(directory).length === 5, 'all five of them');
    const pids = procsIn(directory);
    const dry = (await kill(container, '--all', '--dry-run')).stdout;
    for (const pid of pids) expect(dry).toContain(`(${pid})`);
    expect((await kill(container, '--all', '--wait', '10s')).stdout).toContain('SIGTERM sent to 5 processes');
    expect(procsIn(directory)).toEqual([]);
  });

  it.each(['with a freezer of its own', 'in a cgroup of others'])(
    'a storm of forks does not escape: %s',
    async (where) => {
      const isOwn = where.startsWith('with');
      const cgroup = await lab.cgroup(['freezer'], `storm-${++count}`);
      const directory = cgroup.dirs['freezer'] ?? '';
      const neighbour = lab.track(spawn('sleep', ['1000000'], { stdio: 'ignore' })).pid;
      if (!isOwn) cgroup.add(neighbour);
      for (let round = 0; round < 3; round++) {
        const storm = await sandbox(cgroup, STORM);
        await until(() => procsIn(directory).length > (isOwn ? 2 : 3), 'the storm');
        const { status, stderr } = await kill(storm, '-s', 'KILL', '--all', '--wait', '10s');
        expect([status, stderr]).toEqual([0, '']);
        await waitFor(
          () => procsIn(directory).every((pid) => pid === neighbour || hasEnded(pid)),
          'nobody to be left',
        );
      }
      expect(hasEnded(neighbour)).toBe(false);
      expect(stateIn(directory)).toBe('THAWED');
    },
  );

  it('without a pid namespace its init alone is ended without it', async () => {
    const cgroup = await lab.cgroup(['freezer'], 'jail');
    const container = await sandbox(cgroup, ['/bin/sh', '-c', 'sleep 1000003 & wait']);
    const directory = cgroup.dirs['freezer'] ?? '';
    await until(() => procsIn(directory).length === 2, 'both of them');
    const other = procsIn(directory).find((pid) => pid !== container.initPid) ?? 0;
    await kill(container, '-s', 'KILL');
    await until(() => hasEnded(container.initPid), 'its end');
    expect(hasEnded(other)).toBe(false);
    process.kill(other, 'SIGKILL');
    await until(() => hasEnded(other), 'the end of the other');
  });
});

describe('a frozen container', () => {
  it.each([
    ['-s', 'KILL'],
    ['-s', 'KILL', '--all'],
    ['--wait', '10s'],
  ])('is ended by %j %s', async (...args) => {
    const container = await polite();
    const directory = freezerDirectory(container.initPid);
    await porthole(['freeze', container.name]);
    expect(stateIn(directory)).toBe('FROZEN');
    const { stdout, status } = await kill(container, ...args);
    expect([status, stdout]).toEqual([0, expect.stringContaining('which was frozen and has been thawed')]);
    await until(() => hasEnded(container.initPid), 'its end');
  });

  it('hears another signal when it is thawed', async () => {
    const container = await polite();
    await porthole(['freeze', container.name]);
    const { stderr, status } = await kill(container, '-s', 'HUP');
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining('is frozen: SIGHUP waits until it is thawed'),
    ]);
    expect(stateIn(freezerDirectory(container.initPid))).toBe('FROZEN');
    await porthole(['thaw', container.name]);
    await waitFor(() => readdirSync(`/proc/${container.initPid}/root`).includes('heard'), 'it to be heard');
  });

  it('by a cgroup above it: SIGKILL waits for that, and it is said', async () => {
    const outer = await lab.cgroup(['freezer'], 'above');
    const inner = await lab.cgroup(['freezer'], 'above/inner');
    const container = await lab.unshare({ cgroup: inner });
    outer.set('freezer.state', 'FROZEN');
    try {
      const { stderr, status } = await kill(container, '-s', 'KILL');
      expect([status, stderr]).toEqual([
        0,
        expect.stringContaining('is frozen: SIGKILL waits until it is thawed'),
      ]);
      expect(hasEnded(container.initPid)).toBe(false);
    } finally {
      outer.set('freezer.state', 'THAWED');
    }
    await until(() => hasEnded(container.initPid), 'its end');
  });
});

describe('by v2, where that cgroup is its own', () => {
  const events = (cgroup: LabCgroup) => cgroup.get('cgroup.events');

  it('a frozen one is ended as a whole, and nothing of it runs for a moment', async () => {
    const cgroup = await lab.cgroup(['unified'], 'unified');
    const container = await lab.unshare({ cgroup, flags: ['-m', '-u'], cmd: STORM });
    expect((await porthole(['freeze', String(container.initPid)])).stderr).toBe('');
    expect(events(cgroup)).toContain('frozen 1');
    const { stdout, status } = await kill(container, '-s', 'KILL', '--all', '--wait', '10s');
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^SIGKILL sent to \d+ processes of .* by cgroup\.kill/),
    ]);
    expect(events(cgroup)).toContain('populated 0');
  });

  it('SIGKILL to the init of a frozen one ends it', async () => {
    const cgroup = await lab.cgroup(['unified'], 'unified-init');
    const container = await lab.unshare({ cgroup });
    await porthole(['freeze', String(container.initPid)]);
    expect(events(cgroup)).toContain('frozen 1');
    expect((await kill(container, '-s', 'KILL')).status).toBe(0);
    await until(() => hasEnded(container.initPid), 'its end');
  });
});

describe('what is refused', () => {
  it.each([
    [['-s', 'NOPE'], 'expected a signal'],
    [['-s', '0'], 'expected a signal'],
    [['-s', '65'], 'expected a signal'],
    [['-s', '-9'], 'expected a signal'],
    [['-s', ''], 'expected a signal'],
    [['--wait', '0'], 'expected a time'],
    [['--wait', '-1s'], 'expected a time'],
    [['--wait', '1e99'], 'expected a time'],
  ])('%j', async (args, message) => {
    const { status, stderr } = await porthole(['kill', 'nobody', ...args]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('what is not there, and who may not', async () => {
    expect((await porthole(['kill', 'there-is-none'])).status).toBe(3);
    const container = await rude();
    const { status, stderr } = await porthole(['kill', container.id ?? '', '-s', 'KILL'], {
      through: ORDINARY_USER,
    });
    expect([status, stderr]).toEqual([
      5,
      expect.stringContaining(`process ${container.initPid}: EPERM: needs CAP_KILL`),
    ]);
    expect(hasEnded(container.initPid)).toBe(false);
  });

  it('what holds Porthole', async () => {
    const container = await rude();
    const directory = freezerDirectory(container.initPid);
    const through = ['sh', '-c', `echo $$ > ${directory}/cgroup.procs; exec "$@"`, 'sh'];
    const { status, stderr } = await porthole(['kill', container.name, '--all', '-s', 'KILL'], { through });
    expect([status, stderr]).toEqual([4, expect.stringContaining('holds this process; nothing was changed')]);
    expect(hasEnded(container.initPid)).toBe(false);
  });
});

it('with nobody left in a cgroup of ours nothing stays', async () => {
  const cgroup = await lab.cgroup(['freezer'], 'last');
  const container = await sandbox(cgroup, STORM);
  await kill(container, '--all', '-s', 'KILL', '--wait', '10s');
  const directory = cgroup.dirs['freezer'] ?? '';
  await waitFor(() => procsIn(directory).length === 0, 'it to be empty');
  writeFileSync(`${directory}/freezer.state`, 'THAWED');
  rmdirSync(directory);
});
