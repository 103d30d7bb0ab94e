/**
 * Attaching to one container of docker, beside what else enters it: in one process that takes turns (nsenter and runc are
 * started by that process too), and as whole commands, on a quiet host and on one with many containers.
 */
import { join } from 'node:path';
import { Lab } from '../lab/index.ts';
import { startHost } from '../load/load.ts';
import type { Bound } from './bounds.ts';
import { type Line, median } from './figures.ts';
import { type Command, type HostSize, nodeAnswer, numbersOf, wholeProcesses } from './measure.ts';

interface AttachContext {
  readonly isQuick: boolean;
  readonly porthole: string;
  readonly inProcess: string;
  readonly progress: (text: string) => void;
  readonly noteBounds: (bounds: readonly Bound[]) => void;
}

interface Target {
  readonly name: string;
  readonly id: string;
  readonly initPid: number;
  readonly docker: readonly string[];
  readonly runc: readonly string[];
}

const NSENTER_TARGET = 1.2;
const RUNC_TARGET = 0.3;
const ABOVE_NODE_MS = 30;

export async function attaches(context: AttachContext, around: HostSize): Promise<Line[]> {
  const lab = await Lab.create();
  try {
    const docker = await lab.docker();
    const { name, id = '', initPid } = await docker.run({ name: 'bench-attach' });
    const state = join(docker.execRoot, 'runtime-runc/moby');
    const target: Target = {
      name,
      id,
      initPid,
      docker: ['docker', '-H', `unix://${docker.socket}`, 'exec', name, 'true'],
      runc: ['runc', '--root', state, 'exec', id, 'true'],
    };
    const lines = [...inOneProcess(context, target), ...wholeCommands(context, 'y', target, 'alone')];
    context.progress(`attach: ${around.processes} processes in ${around.containers} containers around it`);
    const load = await startHost(around);
    try {
      lines.push(...wholeCommands(context, 'z', target, `${around.containers} containers around it`));
    } finally {
      await load.stop();
    }
    return lines;
  } finally {
    await lab.close();
  }
}

function inOneProcess({ isQuick, inProcess }: AttachContext, { initPid, runc }: Target): Line[] {
  const rounds = isQuick ? 40 : 300;
  const answer = nodeAnswer(inProcess, 'attaches', rounds, initPid, ...runc);
  const line = (what: string, of: string, rest: Partial<Line> = {}) => ({
    id: 'x',
    what,
    wallMs: numbersOf(answer, of),
    ...rest,
  });
  return [
    line('attach, true', 'attach', { against: 'nsenter -a, true', target: NSENTER_TARGET }),
    line('attach, true: against runc', 'attach', { against: 'runc exec, true', target: RUNC_TARGET }),
    line('attach --no-cgroup, true', 'withoutCgroup', {
      against: 'nsenter -a, true',
      note: 'what nsenter does: it joins no cgroup',
    }),
    line('attach, true: after runc and true', 'attachFirst', {
      against: 'nsenter -a, true: after attaches',
      note: 'each is done twice in a row: this is the first time of each, the others are the second',
    }),
    line('nsenter -a, true: after attaches', 'nsenterFirst'),
    line('nsenter -a, true', 'nsenter'),
    line('runc exec, true', 'runc'),
    line('true', 'alone'),
  ];
}

function wholeCommands(
  { isQuick, porthole, noteBounds }: AttachContext,
  id: string,
  { name, initPid, docker, runc }: Target,
  where: string,
): Line[] {
  const own = `porthole attach NAME -- true`;
  const node = 'node -e 0';
  const commands: Command[] = [
    {
      what: own,
      words: [porthole, 'attach', '-q', name, '--', 'true'],
      output: 'null',
      against: 'docker exec NAME true',
      target: 1,
    },
    { what: 'docker exec NAME true', words: docker, output: 'null' },
    { what: 'runc exec NAME true', words: runc, output: 'null' },
    {
      what: 'nsenter -a -t PID true',
      words: ['nsenter', '-a', '-t', String(initPid), 'true'],
      output: 'null',
    },
    { what: node, words: [process.execPath, '-e', '0'], output: 'null' },
  ];
  const lines = wholeProcesses(id, isQuick ? 7 : 31, commands);
  const medianOf = (what: string) => median(lines.find((line) => line.what === what)?.wallMs ?? []);
  noteBounds([
    {
      id,
      what: `${own} takes more than ${node}, ${where}`,
      value: medianOf(own) - medianOf(node),
      unit: 'ms',
      most: ABOVE_NODE_MS,
    },
  ]);
  return lines;
}
