/**
 * Containers that fork all the time, frozen and thawed a thousand times and more, by v1's freezer and by v2's: each time the
 * kernel must say that all of it has stopped, and then that it goes on.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freeze, thaw } from '../../src/actions/freeze/freeze.ts';
import { type PreparedFreeze, prepareFreeze } from '../../src/actions/freeze/prepare.ts';
import { findTarget } from '../../src/live/find-target.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { quantile } from '../bench/figures.ts';
import { hierarchyOf, Lab, type LabCgroup, waitFor } from '../lab/index.ts';
import type { Check, Soak, SoakContext } from './soak.ts';

const LEAST_ROUNDS = 1000;
const TIMEOUT_MS = 10_000;
/** Some dozens of forks in the time of a round; a loop in the shell alone would be one process most of the time. */
const STORM = [
  '/bin/sh',
  '-c',
  'f() { while :; do (sleep 0.001 & sleep 0.001 & wait) & wait; done; }; f & f & f & f',
];

export const soak: Soak = { name: 'freeze', seconds: 60, run };

interface Kind {
  readonly name: string;
  readonly controller: string;
  readonly isFrozen: (directory: string) => boolean;
}

const KINDS: readonly Kind[] = [
  {
    name: 'v1',
    controller: 'freezer',
    isFrozen: (directory) => readFileSync(join(directory, 'freezer.state'), 'utf8') === 'FROZEN\n',
  },
  {
    name: 'v2',
    controller: 'unified',
    isFrozen: (directory) => /^frozen 1$/m.test(readFileSync(join(directory, 'cgroup.events'), 'utf8')),
  },
];

async function run({ seconds, say }: SoakContext): Promise<Check[]> {
  const lab = await Lab.create();
  try {
    const kinds = KINDS.filter(
      ({ controller }) => hierarchyOf(controller === 'unified' ? '' : controller) !== undefined,
    );
    const checks: Check[] = [];
    for (const kind of kinds) checks.push(...(await rounds(lab, kind, seconds / kinds.length, say)));
    return checks;
  } finally {
    await lab.close();
  }
}

async function rounds(lab: Lab, kind: Kind, seconds: number, say: SoakContext['say']): Promise<Check[]> {
  const files = new KernelFiles();
  const cgroup = await lab.cgroup([kind.controller], `storm-${kind.name}`);
  const directory = Object.values(cgroup.dirs)[0] ?? '';
  const storm = await lab.unshare({ cgroup, cmd: STORM, name: `storm-${kind.name}` });
  await waitFor(() => processesIn(cgroup) > 4, 'the storm');
  const { container, host } = await findTarget(files, String(storm.initPid));
  const prepared = prepareFreeze(files, host.hierarchies, 'freeze', container);
  const tally = new Tally();
  try {
    const until = performance.now() + seconds * 1000;
    while (tally.rounds < LEAST_ROUNDS || performance.now() < until) {
      await oneRound(files, prepared, tally, () => kind.isFrozen(directory));
      // Long enough for it to fork.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
    }
  } finally {
    prepared.close();
  }
  const lives = await goesOn(cgroup);
  await storm.stop();
  const { freezeMs, thawMs } = tally;
  const figures = `freeze p50 ${shown(freezeMs, 0.5)}, p99 ${shown(freezeMs, 0.99)}, longest ${shown(freezeMs, 1)}; thaw p50 ${shown(thawMs, 0.5)}`;
  say(`${kind.name}: ${tally.rounds} rounds, ${figures}`);
  return [
    {
      what: `${kind.name}: no round is stuck`,
      passed: tally.rounds >= LEAST_ROUNDS && tally.wrong.length === 0,
      detail: `${tally.rounds} rounds, ${figures}; ${tally.wrong.length} wrong ${tally.wrong.slice(0, 3).join('; ')}`,
    },
    { what: `${kind.name}: it forks on afterwards`, passed: lives, detail: '' },
  ];
}

class Tally {
  rounds = 0;
  readonly freezeMs: number[] = [];
  readonly thawMs: number[] = [];
  readonly wrong: string[] = [];
}

async function oneRound(
  files: KernelFiles,
  prepared: PreparedFreeze,
  tally: Tally,
  isFrozen: () => boolean,
): Promise<void> {
  tally.rounds += 1;
  try {
    const started = performance.now();
    await freeze(files, prepared, { timeoutMs: TIMEOUT_MS });
    const frozen = performance.now();
    if (!isFrozen()) tally.wrong.push(`round ${tally.rounds}: not frozen`);
    const thawing = performance.now();
    await thaw(prepared);
    tally.thawMs.push(performance.now() - thawing);
    tally.freezeMs.push(frozen - started);
    if (isFrozen()) tally.wrong.push(`round ${tally.rounds}: not thawed`);
  } catch (error) {
    tally.wrong.push(`round ${tally.rounds}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const processesIn = (cgroup: LabCgroup) =>
  readFileSync(`${Object.values(cgroup.dirs)[0]}/cgroup.procs`, 'utf8')
    .trim()
    .split('\n').length;

/** Its processes are others than they were. */
async function goesOn(cgroup: LabCgroup): Promise<boolean> {
  const pids = () => readFileSync(`${Object.values(cgroup.dirs)[0]}/cgroup.procs`, 'utf8');
  const before = pids();
  return waitFor(() => pids() !== before, 'it to fork').then(
    () => true,
    () => false,
  );
}

const shown = (ms: readonly number[], share: number) =>
  ms.length === 0 ? '-' : `${quantile(ms, share).toFixed(2)} ms`;
