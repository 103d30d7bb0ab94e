/**
 * Where the program starts. Answers `--version` without loading anything; everything else is loaded when it is asked for.
 * CommonJS when built, beside the other parts.
 */
import { loadCompiled } from '../sys/compiled.ts';
import { ACTING_COMMANDS, type ActingFile, isActing } from './acting-names.ts';
import { messageOf } from './exhausted.ts';

declare const PORTHOLE_VERSION: string;

async function start(argv: readonly string[]): Promise<void> {
  const [first] = argv;
  if (first === '--version' || first === '-V') printVersion();
  else if (isActing(first)) {
    const { actingMain } = loadCompiled(__dirname, ACTING_COMMANDS[first], require) as ActingFile;
    await actingMain(argv);
  } else if (first === undefined || first === 'top' || first === 'ps') {
    const { watchingMain } = loadCompiled(
      __dirname,
      'watching.js',
      require,
    ) as typeof import('./watching.ts');
    await watchingMain(argv);
  } else {
    const part = './main.mjs';
    const { main }: typeof import('./main.ts') = await import(part);
    await main(argv);
  }
}

/** As print.ts has it, which loads more than this needs. */
function printVersion(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') fail(`standard output: ${message}`);
  });
  process.stdout.write(`porthole ${PORTHOLE_VERSION}\n`);
}

function fail(message: string): void {
  process.exitCode = 1;
  process.stderr.write(`porthole: ${message}\n`);
}

/** What a command fails with it tells by itself: this is that a part of Porthole could not be loaded. */
function notLoaded(error: Error): void {
  fail(process.env['PORTHOLE_DEBUG'] === '1' ? String(error.stack) : messageOf(error));
}

start(process.argv.slice(2)).catch(notLoaded);
