/**
 * Ten minutes of the dashboard in a real terminal, while containers start and end five times a second beside others that
 * stay, and somebody uses its keys: every screen is read and held to what is true of the containers on it. Once a minute
 * there is a quiet time, with the list of containers on the screen, at which descriptors, threads and, garbage collected, memory
 * must be the same each time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweepLoad } from '../load/load.ts';
import { asleep } from './asleep.ts';
import { Crowd, STARTS_PER_SECOND } from './crowd.ts';
import { countChecks, memoryChecks } from './flatness.ts';
import { Hands, USUAL_SIZE } from './hands.ts';
import { listedScreen } from './listed-screen.ts';
import { ScreenChecker } from './screen-checker.ts';
import type { Check, Soak, SoakContext } from './soak.ts';
import { type Vital, Vitals } from './vitals.ts';
import { WatchedDashboard } from './watched-dashboard.ts';

const STAYING = 20;
const LOOK_SECONDS = 2;
const LONGEST_CYCLE_SECONDS = 60;
/** At least so many cycles, of which the first two warm it up. */
const LEAST_CYCLES = 6;
/** Long enough for the sampler to have let go of whoever ended. */
const SETTLE_SECONDS = 4;
/** A look can fall into a tick, which opens files and makes garbage for a moment. */
const QUIET_LOOKS = 6;
const QUIET_LOOK_MS = 150;
/** A tick between one and the looks after it makes garbage again. */
const COLLECTIONS = 3;
const LEAST_SHARE_OF_STARTS = 0.9;
const PAGE_DOWN = '\x1b[6~';

export const soak: Soak = { name: 'dashboard', seconds: 10 * 60, run };

async function run({ seconds, porthole, say }: SoakContext): Promise<Check[]> {
  sweepLoad();
  const home = mkdtempSync(join(tmpdir(), 'porthole-soak-'));
  const crowd = await Crowd.start(STAYING);
  const checker = new ScreenChecker(crowd.members);
  const env = { HOME: home, XDG_CONFIG_HOME: home };
  const dashboard = new WatchedDashboard(porthole, env, USUAL_SIZE, (lines) =>
    checker.look(lines, performance.now()),
  );
  const over = new AbortController();
  const vitals = new Vitals(dashboard.terminal.pid);
  const looking = lookAt(vitals, dashboard, over.signal);
  try {
    await dashboard.terminal.waitForText('still');
    const { quiet, acts, busySeconds } = await cycles(seconds, crowd, dashboard, checker, vitals);
    checker.mayMove = true;
    const left = await whoIsListed(dashboard);
    say(`${acts} keys and other acts, ${busySeconds.toFixed(0)} s with containers that come and go`);
    over.abort();
    await looking;
    const end = await dashboard.end();
    return [
      end,
      ...checker.checks(),
      startsCheck(crowd, busySeconds),
      listedCheck(crowd, left),
      ...memoryChecks(vitals.seen, seconds, quiet),
      ...countChecks(quiet, seconds),
    ];
  } finally {
    over.abort();
    await Promise.allSettled([looking]);
    await dashboard.end();
    await crowd.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function lookAt(vitals: Vitals, dashboard: WatchedDashboard, signal: AbortSignal): Promise<void> {
  const startedMs = performance.now();
  for (let second = 0; !signal.aborted && dashboard.isRunning; second += LOOK_SECONDS) {
    vitals.look(second);
    await asleep(startedMs + (second + LOOK_SECONDS) * 1000 - performance.now(), signal);
  }
}

interface Cycled {
  readonly quiet: readonly Vital[];
  readonly acts: number;
  readonly busySeconds: number;
}

async function cycles(
  seconds: number,
  crowd: Crowd,
  dashboard: WatchedDashboard,
  checker: ScreenChecker,
  vitals: Vitals,
): Promise<Cycled> {
  const cycleSeconds = Math.min(LONGEST_CYCLE_SECONDS, seconds / LEAST_CYCLES);
  const startedMs = performance.now();
  const quiet: Vital[] = [];
  let acts = 0;
  let busySeconds = 0;
  const hands = new Hands();
  for (let cycle = 1; cycle * cycleSeconds <= seconds && dashboard.isRunning; cycle += 1) {
    const busyFromMs = performance.now();
    const quietAtMs = startedMs + (cycle * cycleSeconds - SETTLE_SECONDS) * 1000;
    acts += await busyTime(quietAtMs - busyFromMs, crowd, hands, dashboard, checker);
    busySeconds += (performance.now() - busyFromMs) / 1000;
    await dashboard.resize(USUAL_SIZE);
    await sleep(SETTLE_SECONDS * 1000);
    if (dashboard.isRunning) quiet.push(await quietLook(dashboard, vitals, cycle * cycleSeconds));
  }
  return { quiet, acts, busySeconds };
}

/** Hands and crowd together; whichever fails ends the other. @returns how much the hands did */
async function busyTime(
  ms: number,
  crowd: Crowd,
  hands: Hands,
  dashboard: WatchedDashboard,
  checker: ScreenChecker,
): Promise<number> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), ms);
  const work = [hands.work(dashboard, checker, over.signal), crowd.churn(over.signal)] as const;
  try {
    const [acts] = await Promise.all(work);
    return acts;
  } finally {
    clearTimeout(timer);
    over.abort();
    await Promise.allSettled(work);
  }
}

/** The least of everything: what is there whenever one looks. */
async function quietLook(dashboard: WatchedDashboard, vitals: Vitals, atSecond: number): Promise<Vital> {
  const looks: Vital[] = [];
  for (let i = 0; i < COLLECTIONS * QUIET_LOOKS; i += 1) {
    if (i % QUIET_LOOKS === 0) dashboard.collect();
    looks.push(vitals.now(atSecond));
    await sleep(QUIET_LOOK_MS);
  }
  const least = (name: Exclude<keyof Vital, 'atSecond'>) => Math.min(...looks.map((look) => look[name]));
  return {
    atSecond,
    descriptors: least('descriptors'),
    threads: least('threads'),
    rssMib: least('rssMib'),
    ownMib: least('ownMib'),
  };
}

/** All names, a screen at a time from the first row to the last. */
async function whoIsListed(dashboard: WatchedDashboard): Promise<string[]> {
  const names = new Set<string>();
  await dashboard.press('Ng');
  for (let before = -1; before !== names.size; await dashboard.press(PAGE_DOWN)) {
    before = names.size;
    for (const { name } of listedScreen(dashboard.terminal.lines)?.rows ?? []) names.add(name);
  }
  return [...names];
}

function listedCheck(crowd: Crowd, listed: readonly string[]): Check {
  const wanted = crowd.staying.map(({ name }) => name).sort();
  return {
    what: 'afterwards everybody who stays is listed, and nobody who ended',
    passed: [...listed].sort().join() === wanted.join(),
    detail: `${listed.length} listed, ${wanted.length} stay`,
  };
}

function startsCheck(crowd: Crowd, busySeconds: number): Check {
  const starts = crowd.passing.length;
  return {
    what: `containers start and end ${STARTS_PER_SECOND} times a second`,
    passed: starts >= busySeconds * STARTS_PER_SECOND * LEAST_SHARE_OF_STARTS,
    detail: `${starts} in ${busySeconds.toFixed(0)} s`,
  };
}
