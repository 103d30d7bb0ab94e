/** For every command of the key table: what the screen shows when one of its keys is pressed. Data for the live test. */
import type { Command } from '../../../tui/keys.ts';
import type { TerminalOptions } from '../../terminal.ts';

/** Keys to send, and a text to wait for before the next ones. */
type Step = readonly [keys: readonly string[], shows: string];

export interface KeyCase {
  readonly args?: readonly string[];
  readonly options?: TerminalOptions;
  /** To wait for before anything is typed; the selected first row when left out. */
  readonly from?: string;
  readonly before?: readonly Step[];
  /** Typed after the key. */
  readonly after?: readonly string[];
  readonly shows?: readonly (string | RegExp)[];
  readonly hides?: readonly (string | RegExp)[];
  /** The program ends. */
  readonly ends?: true;
  /** The whole screen is written anew so often after the key. */
  readonly drawsAnew?: true;
}

const MANY: Pick<KeyCase, 'args'> = { args: ['--count', '100', '--interval', '60000', '--first'] };
const LAST: Step = [['G'], '105/105'];
const LIST = 'WHY▾';
const PAGE: Step = [['enter'], '─ checkout-api ─ docker'];
const SORTED_BY_NAME: Step = [['N'], 'NAME▾'];
const WIDE: TerminalOptions = { columns: 120, rows: 40 };

export const KEY_CASES: Readonly<Record<Command, KeyCase>> = {
  up: { before: [[['down'], '▌ └─ unshare:41822']], shows: ['▌!checkout-api'] },
  down: { shows: ['▌ └─ unshare:41822', '2/5'] },
  'page-up': { ...MANY, before: [LAST], shows: ['87/105'] },
  'page-down': { ...MANY, shows: ['19/105'] },
  first: { ...MANY, before: [LAST], shows: ['1/105', '▌!checkout-api'] },
  last: { ...MANY, shows: ['105/105'] },
  open: { shows: ['─ checkout-api ─ docker', '1Page', 'F1 Help  Esc Back'] },
  back: { before: [PAGE], shows: [LIST, '▌!checkout-api'] },
  'tab-1': { before: [[['2'], 'PID INNER']], shows: [LIST, '▌!checkout-api'] },
  'tab-2': { shows: ['PID INNER', 'worker --of'] },
  'tab-3': { shows: ['NAMESPACE▾', '▌ user 4026531837'] },
  'tab-4': { shows: ['PROCS', '▌ cpu,cpuacct:/'] },
  'tab-5': { shows: ['TARGET', '├─ /var'] },
  'tab-6': { shows: ['INTERFACE', 'docker0'] },
  'tab-7': { shows: ['BEYOND DEFAULT', 'sys_admin'] },
  'tab-8': { shows: [/^─ Host ─/m] },
  'tab-next': { shows: ['PID INNER'] },
  'tab-previous': { shows: [/^─ Host ─/m] },
  container: { before: [[['2'], 'worker --of']], shows: ['─ systemd-resolved ─'] },
  search: { after: [...'ing'], shows: ['Search: ing', '▌ ingress'] },
  'search-next': { before: [[[...'/b', 'enter'], '▌!db']], shows: ['▌▲batch-7'] },
  filter: {
    after: [...'state=frozen', 'enter'],
    shows: ['filter: state=frozen (4 hidden)'],
    hides: ['ingress'],
  },
  'toggle-tree': { shows: [/^ {2}unshare:41822/m], hides: ['└─'] },
  fold: { shows: ['checkout-api ▸1'], hides: ['unshare:41822'] },
  unfold: { before: [[['-'], '▸1']], shows: ['└─ unshare:41822'], hides: ['▸1'] },
  'fold-all': { shows: ['checkout-api ▸1'], hides: ['unshare:41822'] },
  'toggle-kinds': { shows: ['systemd-resolved', 'sandboxes shown', '6 containers'] },
  runtimes: {
    after: ['space', 'escape'],
    shows: ['1/4'],
    hides: ['ingress', 'Show containers of'],
  },
  columns: {
    after: ['space', 'escape'],
    shows: [/^ {2}STATE/m],
    hides: ['Columns of containers', /^ {2}NAME/m],
  },
  pane: { options: WIDE, from: '─ checkout-api ─', shows: ['no details'], hides: ['─ checkout-api ─'] },
  theme: { after: ['enter'], shows: ['▌!checkout-api'], hides: ['Colours'] },
  follow: { shows: ['following checkout-api'] },
  limits: { shows: ['limits of checkout-api', /▌ memory +512M/], hides: ['reading'] },
  freeze: { shows: ['freeze checkout-api?', 'cgroup.freeze 0 → 1'] },
  actions: { shows: ['▌ freeze', 'copy command: inspect'] },
  sort: { after: ['home', 'enter'], shows: ['NAME▾', 'sorted by NAME'], hides: [LIST] },
  'sort-next': { shows: ['NAME▾'] },
  'sort-previous': { shows: ['PIDS▾'] },
  'sort-reverse': { shows: ['WHY▴', 'sorted by WHY, reversed'] },
  'sort-cpu': { shows: ['CPU%▾'] },
  'sort-memory': { shows: [/ MEM▾/] },
  'sort-name': { shows: ['NAME▾'] },
  'sort-trouble': { before: [SORTED_BY_NAME], shows: [LIST] },
  pause: { shows: ['PAUSED'] },
  'interval-longer': { shows: ['every 250ms', 'a sample every 250ms'] },
  'interval-shorter': { args: ['--interval', '1000', '--first'], shows: ['every 500ms'] },
  refresh: { args: ['--silent'], from: 'reading…', shows: ['▌!checkout-api'] },
  help: { shows: ['one row up', /^─ Help ─/m] },
  redraw: { args: ['--interval', '60000', '--first'], drawsAnew: true, shows: ['▌!checkout-api'] },
  stop: { drawsAnew: true, shows: ['▌!checkout-api'] },
  leave: { ends: true },
  quit: { before: [PAGE], ends: true },
};
