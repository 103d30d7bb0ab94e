// `npm run bench`: what Porthole costs, beside what others cost for the same, in one run. Needs root, gcc and util-linux.
//   --quick  fewer rounds and smaller hosts, about a minute    --json  the figures as one document
//   --only PART[,PART]  these parts alone: start, scan, sample, tick, list, ns, dashboard, attach, limit, watch, freeze, screen
// Figures never fail it; what cannot be measured does.
import { spawnSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { copyOfDist } from '../load/dist.mjs';
import { bundled, imported } from '../load/run-ts.mjs';

const words = process.argv.slice(2);
const only = namesAfter('--only');
const unknown = words.find((word) => !['--quick', '--json'].includes(word));
if (unknown !== undefined) stop(2, `unknown option ${unknown}; there are --quick, --json and --only PARTS`);

if (process.geteuid?.() !== 0) stop(1, 'making containers needs root');
for (const [tool, from] of [
  ['gcc', 'gcc libc6-dev'],
  ['lsns', 'util-linux'],
  ['strace', 'strace'],
  ['ps', 'procps'],
  ['runc', 'runc'],
  ['htop', 'htop'],
  ['systemd-cgtop', 'systemd'],
]) {
  if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).error !== undefined) {
    stop(1, `${tool} is missing: install it (apt-get install ${from})`);
  }
}

const porthole = await copyOfDist();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const isQuick = words.includes('--quick');
const isJson = words.includes('--json');
const [{ bench, PART_NAMES }, { tableOf }, { boundsTable }, inProcess] = await Promise.all([
  imported('test/bench/bench.ts'),
  imported('test/bench/figures.ts'),
  imported('test/bench/bounds.ts'),
  bundled('test/bench/in-process.ts'),
]);
const noPart = only.find((name) => !PART_NAMES.includes(name));
if (noPart !== undefined) stop(2, `--only ${noPart}: there are ${PART_NAMES.join(', ')}`);
try {
  const result = await bench({
    isQuick,
    only,
    porthole,
    inProcess,
    progress: (text) => process.stderr.write(`bench: ${text}\n`),
  });
  const machine = { node: process.version, kernel: release(), cpus: cpus().length };
  if (isJson) process.stdout.write(`${JSON.stringify({ schema: 'porthole.bench/1', machine, ...result })}\n`);
  else process.stdout.write(report(result, machine));
} catch (error) {
  stop(1, error instanceof Error ? error.message : String(error));
}

function report({ processes, containers, reads, figures, bounds, missing }, { node, kernel, cpus: count }) {
  const files = (counts) =>
    Object.entries(counts)
      .map(([kind, n]) => `${kind} ${n}`)
      .join(', ');
  return [
    `${processes} processes in ${containers} containers, node ${node}, Linux ${kernel}, ${count} processors`,
    '',
    tableOf(figures),
    '',
    ...(bounds.length === 0 ? [] : [boundsTable(bounds), '']),
    'ratios are of medians of elapsed time; noisy: the machine had other work, the ratio of processor times says more',
    'a start-up  b whole processes  c the scan, timed inside the process  d the whole sample, timed inside the process',
    'e one tick of the sampler, sample and model  f the same with 1,000 containers and few processes  n namespaces',
    'l a limit set by a command of its own, in a container of docker',
    'u a container of 100 tasks frozen and thawed, in a process that runs and by commands',
    'w watchers side by side over the same seconds  s the dashboard, as w, CONTAINERS/PROCESSES',
    'x attaches by one process of Node that takes turns  y whole commands  z the same on a host with many containers',
    ...missing,
    ...(isQuick
      ? ['the ratios of b, c, e, n, s and w have targets at the full size only: leave out --quick']
      : []),
    ...(reads === undefined
      ? []
      : [`one scan reads: ${files(reads.porthole)}`, `       the C one: ${files(reads.c)}`]),
    '',
  ].join('\n');
}

/** Takes the option and its value out of the words. */
function namesAfter(option) {
  const at = words.indexOf(option);
  if (at < 0) return [];
  const [, names] = words.splice(at, 2);
  if (names === undefined) stop(2, `${option}: expected names of parts, such as watch,scan`);
  return names.split(',');
}

function stop(status, text) {
  process.stderr.write(`bench: ${text}\n`);
  process.exit(status);
}
