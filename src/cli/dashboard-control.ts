/** Freezing, thawing and signalling from the dashboard: as the commands do it, with one line to say what came of it. */
import { COLLECTORS } from '../../collectors/index.ts';
import { callOffThaws } from '../actions/freeze/for-a-while.ts';
import { freeze, thaw } from '../actions/freeze/freeze.ts';
import { type PreparedFreeze, prepareFreeze } from '../actions/freeze/prepare.ts';
import { kill } from '../actions/kill/kill.ts';
import { prepareKill } from '../actions/kill/prepare.ts';
import { signalNumber } from '../kernel/tables/signals.ts';
import type { Container } from '../model/host-model.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { frozenReport, thawedReport } from './freeze-report.ts';
import { killedLines, notesOf } from './kill-report.ts';

const FREEZE_MS = 10_000;

/** @throws what `freeze` and `prepareFreeze` throw */
export function freezeIn(files: KernelFiles, container: Container): Promise<string> {
  return withFreezer(files, container, 'freeze', async (prepared) => {
    const frozen = await freeze(files, prepared, { timeoutMs: FREEZE_MS });
    callOffThaws(files, prepared);
    return frozenReport({ files, container, prepared }, frozen).lines;
  });
}

/** @throws what `thaw` and `prepareFreeze` throw */
export function thawIn(files: KernelFiles, container: Container): Promise<string> {
  return withFreezer(files, container, 'thaw', async (prepared) => {
    const thawed = await thaw(prepared);
    const calledOff = callOffThaws(files, prepared);
    return thawedReport({ files, container, prepared }, thawed, calledOff).lines;
  });
}

async function withFreezer(
  files: KernelFiles,
  container: Container,
  operation: string,
  act: (prepared: PreparedFreeze) => Promise<readonly string[]>,
): Promise<string> {
  const prepared = prepareFreeze(files, hierarchiesOf(files), operation, container);
  try {
    return (await act(prepared)).join('; ');
  } finally {
    prepared.close();
  }
}

/** SIGKILL goes to all of it. @throws what `kill` and `prepareKill` throw */
export async function signalTo(files: KernelFiles, container: Container, name: string): Promise<string> {
  const signal = signalNumber(name);
  if (signal === undefined) throw new Error(`there is no signal ${name}`);
  const prepared = prepareKill(files, hierarchiesOf(files), container);
  try {
    const all = name === 'KILL';
    const killed = await kill(files, prepared, { signal, all });
    const lines = killedLines(container.name, `pid ${container.initPid}`, all, killed);
    return [...lines, ...notesOf(container, killed, signal)].join('; ');
  } finally {
    prepared.close();
  }
}

function hierarchiesOf(files: KernelFiles) {
  return COLLECTORS.host.collect(files, undefined).hierarchies;
}
