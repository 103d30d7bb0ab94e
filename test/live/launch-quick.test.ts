// A program that is awaited at once gives what one gives that is listened to, whether it is as quick as it said or not.
import { expect, it } from 'vitest';
import { type Program, program } from '../../src/launch/program.ts';
import { type LaunchOptions, launch } from '../../src/launch/run.ts';
import { duration } from '../../src/launch/structs.ts';
import { sys } from '../../src/launch/syscalls.ts';
import { descriptors } from './launch-kit.ts';

const SLOW_MS = 200;
const paused = (p: Program, milliseconds: number) => {
  if (milliseconds > 0) p.step('pause', sys.nanosleep, duration(milliseconds), 0);
};

/** Reports twice, with the pause between. */
function reporting(pauseMs: number): Program {
  const p = program('test');
  p.report('first', 1);
  paused(p, pauseMs);
  p.report('second', 2);
  return p;
}

function executing(p: Program, file: string): Program {
  p.keepOnlyStatus('close_range');
  p.exec(`execve(${file})`, p.string(file), p.strings(['sh', '-c', 'exit 3']), p.strings([]));
  return p;
}

function failing(pauseMs: number): Program {
  const p = reporting(pauseMs);
  p.step('chdir', sys.chdir, p.string('/nowhere'));
  return p;
}

const OPTIONS: LaunchOptions = { target: 'x', leftAs: 'as it was', stdio: ['ignore', 'ignore', 'ignore'] };

async function outcome(p: Program, isQuick: boolean) {
  const reported: string[] = [];
  let hasLaunched = false;
  const onReport = (label: string, value: number) => reported.push(`${label} ${value} ${hasLaunched}`);
  const launched = await launch(p, { ...OPTIONS, isQuick, onReport });
  hasLaunched = true;
  const started = await launched.started;
  launched.go();
  return { started, reported, ended: await launched.ended };
}

it.each([
  ['runs its command', (pauseMs: number) => executing(reporting(pauseMs), '/bin/sh')],
  ['finds no command', (pauseMs: number) => executing(reporting(pauseMs), '/nowhere/sh')],
  ['fails', failing],
])('%s', async (_, make) => {
  const open = descriptors();
  const listenedTo = await outcome(make(0), false);
  expect(listenedTo.reported).toEqual(['first 1 true', 'second 2 true']);
  expect(await outcome(make(0), true)).toEqual(listenedTo);
  expect(await outcome(make(SLOW_MS), true)).toEqual(await outcome(make(SLOW_MS), false));
  expect(descriptors()).toEqual(open);
});
