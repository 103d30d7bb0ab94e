// `npm run soak`: what takes minutes. `--seconds N` shortens each; a word runs only the soaks with it in their name.
// Adding one is a file that exports `soak` (soak.ts says its shape) and a line here.
import { copyOfDist } from '../load/dist.mjs';
import { imported } from '../load/run-ts.mjs';

const soaks = ['test/soak/storm.ts'];

const LEAST_SECONDS = 12;
const words = process.argv.slice(2);
const at = words.indexOf('--seconds');
const seconds = at < 0 ? undefined : Number(words.splice(at, 2)[1]);
if (seconds !== undefined && !(seconds >= LEAST_SECONDS))
  stop(2, `--seconds: expected ${LEAST_SECONDS} or more`);
const option = words.find((word) => word.startsWith('-'));
if (option !== undefined) stop(2, `unknown option ${option}; there is --seconds N`);
if (process.geteuid?.() !== 0) stop(1, 'making containers needs root');
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const porthole = await copyOfDist();
const checks = [];
for (const entry of soaks) {
  const { soak } = await imported(entry);
  if (!words.every((word) => soak.name.includes(word))) continue;
  const duration = seconds ?? soak.seconds;
  print(`== ${soak.name}: ${duration} s`);
  try {
    checks.push(
      ...(await soak.run({ porthole, seconds: duration, say: (text) => print(`   ${text}`) })).map(shown),
    );
  } catch (error) {
    checks.push(shown({ what: 'it ran to its end', passed: false, detail: error?.stack ?? String(error) }));
  }
}
const failed = checks.filter(({ passed }) => !passed).length;
print(`${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || checks.length === 0 ? 1 : 0;

function shown(check) {
  print(
    `${check.passed ? 'ok    ' : 'FAILED'} ${check.what}${check.detail === '' ? '' : `: ${check.detail}`}`,
  );
  return check;
}

function print(line) {
  process.stdout.write(`${line}\n`);
}

function stop(status, text) {
  process.stderr.write(`soak: ${text}\n`);
  process.exit(status);
}
