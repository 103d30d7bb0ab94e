/**
 * The dashboard over made-up models, as a program: `node harness.mjs [--ascii] [--mono] [--count N] [--churn] [--silent]
 * [--hostile] [--empty] [--stuck] [--interval MS] [--past SAMPLES] [--first] [--slow FRAMES] [--failed LIST]`. SIGUSR2 makes it fail in the way `--fail throw|reject|exit|trouble`
 * says; with `--fail end` checkout-api ends then, and comes anew with the next signal. Prints `ended STATUS` on stderr at the end.
 */
import { parseArgs } from 'node:util';
import type { ListKind } from '../../../src/live/feed.ts';
import type { Container } from '../../../src/model/host-model.ts';
import { runDashboard } from '../../../tui/dashboard.ts';
import { assortment, container, NOW_MS } from './fabricate.ts';
import { FABRICATED_ACTIONS } from './fabricated-actions.ts';
import { FabricatedFeed } from './fabricated-feed.ts';
import { lively } from './lively.ts';

const { values } = parseArgs({
  options: {
    ascii: { type: 'boolean', default: false },
    mono: { type: 'boolean', default: false },
    churn: { type: 'boolean', default: false },
    silent: { type: 'boolean', default: false },
    hostile: { type: 'boolean', default: false },
    stuck: { type: 'boolean', default: false },
    past: { type: 'string', default: '0' },
    first: { type: 'boolean', default: false },
    slow: { type: 'string', default: '0' },
    failed: { type: 'string' },
    empty: { type: 'boolean', default: false },
    count: { type: 'string', default: '0' },
    interval: { type: 'string', default: '200' },
    fail: { type: 'string', default: 'throw' },
  },
});

const HOSTILE_NAMES = [
  '{bold}loud{/}',
  'esc\x1b[31mred\x1b[2J',
  '数据库-db',
  'été',
  '🚀rocket',
  'rtl\u202egpj.exe',
  'two\nlines',
];

function containers(tick: number): readonly Container[] {
  if (values.empty) return [];
  const many = Array.from({ length: Number(values.count) }, (_, i) =>
    container(`c-${i}`, {
      cpu: { usageUsec: 1, ratio: ((i * 7 + tick * 13) % 100) / 100, limitCores: 'max' },
    }),
  );
  const hostile = values.hostile ? HOSTILE_NAMES.map((name) => container(name)) : [];
  const kept = values.churn ? many.filter((_, i) => (i + tick) % 5 !== 0) : many;
  const all = [...assortment().flatMap(lived), ...hostile, ...kept];
  return past === 0 ? all : all.map((each) => lively(each, tick));
}

/** Of `checkout-api`: how often it ended and came anew; each half a life is one signal. */
let halfLives = 0;

function lived(each: Container): Container[] {
  if (each.name !== 'checkout-api' || halfLives === 0) return [each];
  return halfLives % 2 === 1 ? [] : [{ ...each, key: `${each.key}#${halfLives}` }];
}

const LISTS: readonly ListKind[] = [
  'processes',
  'namespaces',
  'cgroups',
  'mounts',
  'interfaces',
  'sockets',
  'security',
];

const intervalMs = Number(values.interval);
/** Samples that have been taken when it starts, up to a moment that is always the same. */
const past = Number(values.past);
const fails = LISTS.find((each) => each === values.failed);
const feed = new FabricatedFeed(containers, {
  stuck: values.stuck,
  slowFrames: Number(values.slow),
  ...(fails !== undefined && { fails }),
  ...(past > 0 && { startMs: NOW_MS - 1000 * (past - 1) }),
});
process.on('SIGUSR2', () => {
  if (values.fail === 'trouble') feed.trouble('the sampler was restarted');
  else if (values.fail === 'reject') void Promise.reject(new Error('rejected on purpose'));
  else if (values.fail === 'exit') process.exit(7);
  else if (values.fail === 'end') halfLives += 1;
  else throw new Error('thrown on purpose');
});
if (!values.silent) feed.start(intervalMs);
for (let i = 0; i < past; i += 1) setImmediate(() => feed.refreshNow());
if (values.first) setImmediate(() => feed.refreshNow());
const status = await runDashboard(feed, {
  intervalMs,
  unicode: !values.ascii,
  braille: !values.ascii,
  depth: values.mono ? 'mono' : '16',
  mouse: true,
  users: new Map([[0, 'root']]),
  actions: FABRICATED_ACTIONS,
});
process.removeAllListeners('SIGUSR2');
process.stderr.write(`ended ${status}, listeners left ${feed.listeners}\n`);
process.exitCode = status;
