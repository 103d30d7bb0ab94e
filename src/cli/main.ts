/** The whole command line. What acts on one container starts by itself, see acting-names.ts. */
import type { Command } from 'commander';
import { addCommands } from './commands.ts';
import { programOf, runProgram } from './program.ts';

export function main(argv: readonly string[]): Promise<void> {
  return runProgram(argv, addCommands);
}

export function buildProgram(): Command {
  return programOf(addCommands, () => undefined);
}
