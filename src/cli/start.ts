/**
 * Where the program starts. Answers `--version` without loading anything; everything else is loaded when it is asked for.
 * CommonJS when built, beside the other parts.
 */
import { join } from 'node:path';
import { ACTING_COMMANDS, type ActingFile, isActing } from './acting-names.ts';
import { loadCompiled } from './compiled.ts';

declare const PORTHOLE_VERSION: string;

async function start(argv: readonly string[]): Promise<void> {
  const [first] = argv;
  if (first === '--version' || first === '-V') process.stdout.write(`porthole ${PORTHOLE_VERSION}\n`);
  else if (isActing(first)) {
    const { actingMain } = loadCompiled(join(__dirname, ACTING_COMMANDS[first])) as ActingFile;
    await actingMain(first, argv);
  } else {
    // Most of what runs here runs once, or once a second: V8 would spend more on optimizing it than that ever gives back (a
    // third of the processor time of a dashboard's first minute, measured). What loops for long is still optimized.
    const { setFlagsFromString } = await import('node:v8');
    setFlagsFromString('--interrupt-budget=600000');
    const part = './main.mjs';
    const { main }: typeof import('./main.ts') = await import(part);
    await main(argv);
  }
}

void start(process.argv.slice(2));
