/**
 * The commands that act on one container, built into one file without what lists and screens need: who runs one waits for
 * its start longer than for what it does. Each is in commands.ts too, for help and completion.
 */
import type { Command } from 'commander';
import type { ACTING_COMMANDS } from './acting-names.ts';
import { addAttach } from './attach.ts';
import { addCat } from './cat.ts';
import { addCp } from './cp.ts';
import { addFreeze } from './freeze.ts';
import { addKill } from './kill.ts';
import { addLimit } from './limit.ts';
import { runProgram } from './program.ts';
import { addThaw } from './thaw.ts';

type ActingCommand = (typeof ACTING_COMMANDS)[number];

const ADD: Readonly<Record<ActingCommand, (program: Command) => void>> = {
  attach: addAttach,
  cat: addCat,
  cp: addCp,
  freeze: addFreeze,
  limit: addLimit,
  thaw: addThaw,
  kill: addKill,
};

/** @param name the first of `argv` */
export function actingMain(name: ActingCommand, argv: readonly string[]): Promise<void> {
  return runProgram(argv, ADD[name]);
}
