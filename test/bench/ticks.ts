/**
 * What the sampler costs once it knows the host: ticks of one process, after the first twenty, in which V8 compiles what
 * repeats in threads of its own, which count too. A fresh process each round.
 */
import { type Line, median } from './figures.ts';
import { type HostSize, nodeAnswer, numbersOf } from './measure.ts';

const TICK_TARGET = 0.25;
const TICKS = 40;
const SETTLED_FROM = 21;
/** Below the second that people watch at, so that a round takes seconds; what a tick does at most per second is the same. */
const SPACING_MS = 100;
const STEADY = `steady tick (${SETTLED_FROM} to ${TICKS}, ${SPACING_MS} ms apart)`;
const COLD = 'scan, cold (first in a fresh process)';

/** Sample and model of one tick, against the first scan of a fresh process, turn by turn. */
export function steadyTicks(rounds: number, inProcess: string): Line[] {
  const cold = { wallMs: [] as number[], cpuMs: [] as number[] };
  const steady = { wallMs: [] as number[], cpuMs: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const scan = nodeAnswer(inProcess, 'scan', 1);
    cold.wallMs.push(...numbersOf(scan, 'msEach'));
    cold.cpuMs.push(...numbersOf(scan, 'cpuMsEach'));
    addTicks(steady, inProcess);
  }
  return [
    { id: 'e', what: STEADY, ...steady, against: COLD, target: TICK_TARGET, judgedBy: 'both' },
    { id: 'e', what: COLD, ...cold },
  ];
}

/** The same where containers are many for the processes: what an open dashboard costs each second. */
export function dashboardTicks(
  rounds: number,
  inProcess: string,
  { containers, processes }: HostSize,
): Line[] {
  const steady = { wallMs: [] as number[], cpuMs: [] as number[] };
  for (let round = 0; round < rounds; round += 1) addTicks(steady, inProcess);
  return [{ id: 'f', what: `${STEADY}, ${containers}/${processes}`, ...steady }];
}

function addTicks({ wallMs, cpuMs }: { wallMs: number[]; cpuMs: number[] }, inProcess: string): void {
  const answer = nodeAnswer(inProcess, 'ticks', TICKS, SPACING_MS);
  wallMs.push(median(numbersOf(answer, 'wallMs').slice(SETTLED_FROM - 1)));
  cpuMs.push(median(numbersOf(answer, 'cpuMs').slice(SETTLED_FROM - 1)));
}
