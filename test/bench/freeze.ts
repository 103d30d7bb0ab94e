/**
 * A container of a hundred tasks, frozen and thawed: in a process that runs already, and by commands, beside `runc pause`
 * and `runc resume` for the same container.
 */
import { join } from 'node:path';
import { Lab } from '../lab/index.ts';
import type { Bound } from './bounds.ts';
import { type Line, median } from './figures.ts';
import { type Command, nodeAnswer, numbersOf, wholeProcesses } from './measure.ts';

const TASKS = 100;
const IN_PROCESS_MS = 2;
const RUNC = 'runc pause, runc resume';

export interface FreezeFigures {
  readonly lines: readonly Line[];
  readonly bounds: readonly Bound[];
}

export async function freezes(rounds: number, porthole: string, inProcess: string): Promise<FreezeFigures> {
  const lab = await Lab.create();
  try {
    const tasks = `i=1; while [ $i -lt ${TASKS} ]; do sleep 1000000 & i=$((i + 1)); done; wait`;
    const path = `/${lab.dir.split('/').at(-1)}/bench`;
    const container = await lab.runc({ name: 'bench', cgroupsPath: path, cmd: ['/bin/sh', '-c', tasks] });
    const answer = nodeAnswer(inProcess, 'freezes', rounds * 10, container.initPid);
    const freezeMs = numbersOf(answer, 'freezeMs');
    const thawMs = numbersOf(answer, 'thawMs');
    const [count = 0] = numbersOf(answer, 'processes');
    if (count !== TASKS) throw new Error(`the container has ${count} processes, not ${TASKS}`);
    const bound = (what: string, values: readonly number[]): Bound => ({
      id: 'u',
      what: `${what}, ${TASKS} tasks, in a process that runs`,
      value: median(values),
      unit: 'ms',
      most: IN_PROCESS_MS,
    });
    return {
      bounds: [bound('freeze', freezeMs), bound('thaw', thawMs)],
      lines: [
        {
          id: 'u',
          what: 'freeze and thaw in a process that runs',
          wallMs: freezeMs.map((ms, round) => ms + (thawMs[round] ?? Number.NaN)),
          against: RUNC,
          target: 1,
        },
        ...wholeProcesses('u', rounds, commands(porthole, container.initPid, join(lab.dir, 'runc', 'state'))),
      ],
    };
  } finally {
    await lab.close();
  }
}

/** Starting Node.js alone takes longer than both of runc: these inform. */
function commands(porthole: string, pid: number, state: string): Command[] {
  const both = (first: string, second: string) => ['sh', '-c', `${first} && ${second}`];
  const target = String(pid);
  return [
    {
      what: 'porthole freeze, porthole thaw',
      words: both(`${porthole} freeze -q ${target}`, `${porthole} thaw -q ${target}`),
      output: 'null',
      against: RUNC,
    },
    {
      what: 'porthole freeze -- true',
      words: [porthole, 'freeze', target, '--', 'true'],
      output: 'null',
      against: RUNC,
    },
    {
      what: RUNC,
      words: both(`runc --root ${state} pause bench`, `runc --root ${state} resume bench`),
      output: 'null',
    },
  ];
}
