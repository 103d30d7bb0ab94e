// `npm run soak`: what takes minutes. `--seconds N` or `--minutes N` is how long each runs, `--only NAME[,NAME]` (or just the
// names) which: storm, stuck, flat, dashboard, attach, freeze. `--count N` is how many attaches.
// Adding one is a file that exports `soak` (soak.ts says its shape) and a line here.
import { copyOfDist } from '../load/dist.mjs';
import { imported } from '../load/run-ts.mjs';

const soaks = [
  'test/soak/storm.ts',
  'test/soak/stuck.ts',
  'test/soak/flat.ts',
  'test/soak/dashboard.ts',
  'test/soak/attach.ts',
  'test/soak/freeze.ts',
];

const LEAST_SECONDS = 12;
const SECONDS_PER_MINUTE = 60;
const words = process.argv.slice(2);
const minutes = numberAfter('--minutes');
const seconds = minutes === undefined ? numberAfter('--seconds') : minutes * SECONDS_PER_MINUTE;
if (seconds !== undefined && !(seconds >= LEAST_SECONDS))
  stop(2, `expected ${LEAST_SECONDS} seconds or more`);
const count = numberAfter('--count');
if (count !== undefined && !(count >= 1)) stop(2, '--count: expected 1 or more');
const only = valueAfter('--only')?.split(',') ?? words.splice(0);
if (words.length > 0)
  stop(2, `unknown option ${words[0]}; there are --only NAMES, --count N, --seconds N and --minutes N`);
if (process.geteuid?.() !== 0) stop(1, 'making containers needs root');
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const porthole = await copyOfDist();
const checks = [];
const names = [];
for (const entry of soaks) {
  const { soak } = await imported(entry);
  names.push(soak.name);
  if (only.length > 0 && !only.includes(soak.name)) continue;
  const duration = seconds ?? soak.seconds;
  print(`== ${soak.name}: ${duration} s`);
  try {
    checks.push(
      ...(await soak.run({ porthole, seconds: duration, count, say: (text) => print(`   ${text}`) })).map(
        shown,
      ),
    );
  } catch (error) {
    checks.push(shown({ what: 'it ran to its end', passed: false, detail: error?.stack ?? String(error) }));
  }
}
const noSoak = only.find((name) => !names.includes(name));
if (noSoak !== undefined) stop(2, `no soak is called ${noSoak}; there are ${names.join(', ')}`);
const failed = checks.filter(({ passed }) => !passed).length;
print(`${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || checks.length === 0 ? 1 : 0;

function shown(check) {
  print(
    `${check.passed ? 'ok    ' : 'FAILED'} ${check.what}${check.detail === '' ? '' : `: ${check.detail}`}`,
  );
  return check;
}

function valueAfter(option) {
  const at = words.indexOf(option);
  if (at < 0) return undefined;
  const [, value] = words.splice(at, 2);
  if (value === undefined) stop(2, `${option}: expected a value`);
  return value;
}

function numberAfter(option) {
  const value = valueAfter(option);
  return value === undefined ? undefined : Number(value);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}

function stop(status, text) {
  process.stderr.write(`soak: ${text}\n`);
  process.exit(status);
}
