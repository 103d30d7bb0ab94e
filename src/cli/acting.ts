/**
 * The commands that act on one container, built into one file without what lists and screens need: who runs one waits for
 * its start longer than for what it does. Each is in commands.ts too, for help and completion.
 */
import type { Command } from 'commander';
import type { ActingCommand, ActingFile } from './acting-names.ts';
import { addCat } from './cat.ts';
import { addCp } from './cp.ts';
import { addFreeze } from './freeze.ts';
import { addKill } from './kill.ts';
import { addLimit } from './limit.ts';
import { runProgram } from './program.ts';
import { addThaw } from './thaw.ts';

const ADD: Readonly<Record<Exclude<ActingCommand, 'attach'>, (program: Command) => void>> = {
  cat: addCat,
  cp: addCp,
  freeze: addFreeze,
  kill: addKill,
  limit: addLimit,
  thaw: addThaw,
};

export const actingMain: ActingFile['actingMain'] = (name, argv) => {
  if (name === 'attach') throw new Error('attach is in a file of its own');
  return runProgram(argv, ADD[name]);
};
