/** What each file of a command that acts exports. */
import type { Command } from 'commander';
import { interpretOnly } from '../sys/interpret-only.ts';
import { exitAtOnce, isInBackground } from '../sys/koffi.ts';
import { endScan } from '../sys/scan-ahead.ts';
import { reportError } from './exit.ts';
import { runProgram } from './program.ts';

/**
 * @param commands with all their options, for commander
 * @param plain what to do where the words need none; see plain-words.ts
 */
export function actingFile(
  commands: readonly ((program: Command) => void)[],
  plain: (argv: readonly string[]) => (() => Promise<void>) | undefined = () => undefined,
) {
  return async (argv: readonly string[]): Promise<void> => {
    const act = plain(argv);
    if (act === undefined)
      await runProgram(argv, (program) => {
        for (const add of commands) add(program);
      });
    else
      try {
        await act();
        process.exitCode ??= 0;
      } catch (error) {
        process.exitCode = await reportError(error);
      }
    if (isMeasured()) endScan();
    else endSoon();
  };
}

/** For a command that has done its work once it has run through. */
export function brief(main: (argv: readonly string[]) => Promise<void>): typeof main {
  return (argv) => {
    interpretOnly();
    return main(argv);
  };
}

/** What measures Node writes its figures in the usual end. */
function isMeasured(): boolean {
  const { execArgv, env } = process;
  return execArgv.length > 0 || (env['NODE_OPTIONS'] ?? '') !== '' || env['NODE_V8_COVERAGE'] !== undefined;
}

/**
 * When nothing is left to do, this process ends without giving back piece by piece what the kernel takes back anyway, and
 * without the end of koffi, which waits for the disk where stdout is a file. If that is so already, as what the command waited
 * for has come, it ends before Node looks for something to do, which V8 uses to go through what is young in its heap.
 */
function endSoon(): void {
  if (process.getActiveResourcesInfo().length === 0 && !isInBackground()) end(Number(process.exitCode ?? 0));
  else process.once('beforeExit', end);
}

function end(status: number): void {
  process.emit('exit', status);
  exitAtOnce(status);
}
