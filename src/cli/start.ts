/**
 * Where the program starts. Answers `--version` without loading anything; everything else is loaded when it is asked for.
 */
import { setFlagsFromString } from 'node:v8';

declare const PORTHOLE_VERSION: string;

const [first] = process.argv.slice(2);
if (first === '--version' || first === '-V') process.stdout.write(`porthole ${PORTHOLE_VERSION}\n`);
else {
  // Most of what runs here runs once, or once a second: V8 would spend more on optimizing it than that ever gives back (a
  // third of the processor time of a dashboard's first minute, measured). What loops for long is still optimized.
  setFlagsFromString('--interrupt-budget=600000');
  await import('./main.ts').then(({ main }) => main(process.argv.slice(2)));
}
