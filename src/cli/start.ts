/**
 * Where the program starts. Answers `--version` without loading anything; everything else is loaded when it is asked for.
 */
declare const PORTHOLE_VERSION: string;

const [first] = process.argv.slice(2);
if (first === '--version' || first === '-V') process.stdout.write(`porthole ${PORTHOLE_VERSION}\n`);
else await import('./main.ts').then(({ main }) => main(process.argv.slice(2)));
