/**
 * The dashboard, and the list that it prints where there is no terminal: built into one file that V8 compiled when it was
 * built, as acting-names.ts says of others. Both are in commands.ts too, for help and completion.
 */
import { runProgram } from './program.ts';
import { addPs } from './ps.ts';
import { addTop } from './top.ts';

export function watchingMain(argv: readonly string[]): Promise<void> {
  return runProgram(argv, (program) => {
    addTop(program);
    addPs(program);
  });
}
