/** What each file of a command that acts exports. */
import type { Command } from 'commander';
import { exitAtOnce } from '../sys/koffi.ts';
import { runProgram } from './program.ts';

export function actingFile(...commands: readonly ((program: Command) => void)[]) {
  return async (argv: readonly string[]): Promise<void> => {
    endsAtOnce();
    await runProgram(argv, (program) => {
      for (const add of commands) add(program);
    });
  };
}

/**
 * When nothing is left to do, this process ends without giving back piece by piece what the kernel takes back anyway, and
 * without the end of koffi, which waits for the disk where stdout is a file.
 */
function endsAtOnce(): void {
  const { execArgv, env } = process;
  // What measures Node writes its figures in the usual end.
  if (execArgv.length > 0 || (env['NODE_OPTIONS'] ?? '') !== '' || env['NODE_V8_COVERAGE'] !== undefined)
    return;
  process.once('beforeExit', (status) => {
    process.emit('exit', status);
    exitAtOnce(status);
  });
}
