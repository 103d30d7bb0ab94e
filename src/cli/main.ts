/** The whole command line. What acts on one container starts by itself, see acting-names.ts. */
import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { seldomOptimized } from '../sys/seldom-optimized.ts';
import { addCommands } from './commands.ts';
import { programOf, runProgram } from './program.ts';

export function main(argv: readonly string[]): Promise<void> {
  // Most of what runs here runs once.
  for (const flag of seldomOptimized(process.versions.v8)) setFlagsFromString(flag);
  return runProgram(argv, addCommands);
}

export function buildProgram(): Command {
  return programOf(addCommands, () => undefined);
}
