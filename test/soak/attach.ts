/**
 * 10,000 attaches where memory is short: Porthole, a process that reads more than fits, and the container are in one
 * memory cgroup, and the container has a smaller one and such a process of its own. Every allocation of theirs may have
 * to wait for pages to be given back. None fails, none hangs, nothing stays.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cgroupDirs } from '../lab/host.ts';
import { Lab, type LabCgroup, type LabContainer } from '../lab/index.ts';
import { bundled } from '../load/run-ts.mjs';
import type { Left, Looped } from './attach-loop.ts';
import type { Check, Soak, SoakContext } from './soak.ts';

const COUNT = 10_000;
/** Whole commands take forty times as long as an attach in a process that is there. */
const WHOLE_COMMANDS_SHARE = 0.01;
const MEBIBYTE = 1024 * 1024;
const AROUND = { limit: 256 * MEBIBYTE, file: 512 * MEBIBYTE };
const INSIDE = { limit: 24 * MEBIBYTE, file: 64 * MEBIBYTE };
const MOST_MS = 3600_000;

export const soak: Soak = { name: 'attach', seconds: 600, run };

async function run({ porthole, count = COUNT, say }: SoakContext): Promise<Check[]> {
  const lab = await Lab.create();
  try {
    const around = await lab.cgroup(['memory'], 'tight', { [limitFile()]: String(AROUND.limit) });
    const cgroupsPath = `${around.path}/target`;
    const target = await lab.runc({ name: 'soak-attach', cgroupsPath });
    const inside = memoryCgroup(target.initPid);
    writeFileSync(join(inside, limitFile()), String(INSIDE.limit));
    const eater = await eat(lab, around, target);
    const before = stateOf(target, inside, eater);
    const pressure = () => [around.dirs['memory'] ?? around.dirs[''] ?? '', inside].map(timesFull);
    const pressureBefore = pressure();
    say(`${count} attaches in one process, ${wholeOf(count)} by the whole command`);
    const looped = await loopIn(around, target, count);
    const whole = await wholeCommands(around, porthole, target, wholeOf(count));
    const times = pressure().map((now, i) => now - (pressureBefore[i] ?? 0));
    return [
      ...loopChecks(looped, count),
      { what: 'no whole command fails', passed: whole.length === 0, detail: whole.slice(0, 5).join('; ') },
      leftCheck('in the container and its cgroups nothing stays', before, stateOf(target, inside, eater)),
      {
        what: 'memory was short in both cgroups all the time, and nobody was killed for it',
        passed: times.every((each) => each > count) && [around, inside].every((each) => oomKills(each) === 0),
        detail: `pages had to be given back ${times.join(' and ')} times, ${[around, inside].map(oomKills).join(' and ')} killed`,
      },
    ];
  } finally {
    await lab.close();
  }
}

const wholeOf = (count: number) => Math.ceil(count * WHOLE_COMMANDS_SHARE);

const isV1 = () => existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes');
const limitFile = () => (isV1() ? 'memory.limit_in_bytes' : 'memory.max');

/** The directory of its memory cgroup. */
function memoryCgroup(pid: number): string {
  const line = isV1() ? /^\d+:memory:(.*)$/m : /^0::(.*)$/m;
  const path = line.exec(readFileSync(`/proc/${pid}/cgroup`, 'latin1'))?.[1] ?? '';
  return `/sys/fs/cgroup${isV1() ? '/memory' : ''}${path}`;
}

/** How often its limit stood in the way of an allocation. */
function timesFull(directory: string): number {
  if (isV1()) return Number(readFileSync(join(directory, 'memory.failcnt'), 'latin1'));
  return eventOf(directory, 'max');
}

function oomKills(of: string | LabCgroup): number {
  const directory = typeof of === 'string' ? of : (of.dirs['memory'] ?? of.dirs[''] ?? '');
  if (!isV1()) return eventOf(directory, 'oom_kill');
  const control = readFileSync(join(directory, 'memory.oom_control'), 'latin1');
  return Number(/^oom_kill (\d+)$/m.exec(control)?.[1]);
}

function eventOf(directory: string, name: string): number {
  const events = readFileSync(join(directory, 'memory.events'), 'latin1');
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(events)?.[1]);
}

/** Reads all of a file, over and over: what fits of it takes all the room that is left. */
const READ_ON = 'while :; do dd if="$0" of=/dev/null bs=4M 2>/dev/null; sleep 0.1; done';

/** Files of zeros that no disk holds: reading them takes a page for each of theirs. @returns who does it inside */
async function eat(lab: Lab, around: LabCgroup, target: LabContainer): Promise<number> {
  const zeros = (path: string, bytes: number) => {
    writeFileSync(path, '');
    truncateSync(path, bytes);
    return path;
  };
  const file = zeros(join(lab.dir, 'eaten'), AROUND.file);
  lab.track(spawn('sh', within(around, ['sh', '-c', READ_ON, file]), { stdio: 'ignore' }));
  zeros(join(lab.rootfs, 'eaten'), INSIDE.file);
  return (await target.exec(['sh', '-c', READ_ON, '/eaten'])).pid;
}

/** Runs `argv` as a member of the cgroup. */
const within = (cgroup: LabCgroup, argv: readonly string[]): string[] => [
  '-c',
  'for directory in $0; do echo $$ >"$directory/cgroup.procs"; done; exec "$@"',
  Object.values(cgroup.dirs).join(' '),
  ...argv,
];

async function loopIn(around: LabCgroup, target: LabContainer, count: number): Promise<Looped> {
  const program = await bundled('test/soak/attach-loop.ts');
  const argv = [process.execPath, program, String(target.initPid), String(count)];
  const options = { maxBuffer: 64 * MEBIBYTE, timeout: MOST_MS, killSignal: 'SIGKILL' } as const;
  const { stdout } = await promisify(execFile)('sh', within(around, argv), options);
  return JSON.parse(stdout);
}

/** @returns what was wrong */
async function wholeCommands(
  around: LabCgroup,
  porthole: string,
  target: LabContainer,
  count: number,
): Promise<string[]> {
  const wrong: string[] = [];
  const argv = [
    process.execPath,
    porthole,
    'attach',
    '-q',
    String(target.initPid),
    '--',
    'sh',
    '-c',
    'exit 7',
  ];
  for (let i = 0; i < count; i += 1) {
    try {
      execFileSync('sh', within(around, argv), { timeout: 60_000, killSignal: 'SIGKILL', stdio: 'pipe' });
      wrong.push('it ended with 0');
    } catch (error) {
      const status = error instanceof Error && 'status' in error ? error.status : undefined;
      if (status !== 7) wrong.push(String(error));
    }
  }
  return wrong;
}

function loopChecks({ attaches, failures, msEach, before, after }: Looped, count: number): Check[] {
  const sorted = msEach.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(1);
  return [
    {
      what: 'none fails and none hangs',
      passed: attaches === count && failures.length === 0,
      detail:
        failures.length > 0
          ? `${failures.join('; ')} (after ${attaches})`
          : `${attaches}: median ${at(0.5)} ms, 99 of 100 within ${at(0.99)} ms, the longest ${at(1)} ms`,
    },
    leftCheck<Left>('in the process that attaches nothing stays', before, after),
  ];
}

function leftCheck<State>(what: string, before: State, after: State): Check {
  const [was, is] = [JSON.stringify(before), JSON.stringify(after)];
  return { what, passed: was === is, detail: was === is ? was : `${was} became ${is}` };
}

/** How many processes are in its cgroup, without what the eater has started last, and how many cgroups lie below its own. */
function stateOf(
  { initPid }: LabContainer,
  memory: string,
  eater: number,
): { zombies: number; members: number; cgroups: number } {
  const pids = readFileSync(join(memory, 'cgroup.procs'), 'latin1').trim().split('\n');
  const statuses = pids.map((pid) => readIfThere(`/proc/${pid}/status`));
  const lasting = statuses.filter((status) => status !== '' && !status.includes(`\nPPid:\t${eater}\n`));
  const path = /^\d+:memory:(.*)$|^0::(.*)$/m.exec(readFileSync(`/proc/${initPid}/cgroup`, 'latin1'));
  const below = cgroupDirs().filter((directory) => directory.includes(`${path?.[1] ?? path?.[2]}/`));
  return {
    zombies: lasting.filter((status) => /^State:\tZ/m.test(status)).length,
    members: lasting.length,
    cgroups: below.length,
  };
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'latin1') : '';
}
