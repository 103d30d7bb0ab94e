/**
 * Every view in a real terminal, at three sizes: what stands in it, where it leads, and what it says when there is nothing to
 * show. Models and lists are made up (test/unit/tui/harness.ts), so that every screen is known.
 */
import { describe, it } from 'vitest';
import type { TestTerminal } from '../terminal.ts';
import { startHarness, useHarness } from '../unit/tui/in-terminal.ts';
import { bytesOf } from '../unit/tui/keystrokes.ts';

useHarness();

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 60],
] as const;

/** The key that leads to it, its titles in order, and rows or lines that must be there; the same key again: the next variant. */
type Shown = readonly [key: string, titles: readonly string[], rows: readonly RegExp[]];

const OF_HOST: readonly Shown[] = [
  [
    '1',
    ['NAME', 'STATE', 'CPU%', 'MEM', 'PIDS', 'WHY'],
    [/^▌!checkout-api +(docker +)?running +148\.2 .* 31 memory 95\.1%/m, /^ {2}└─ unshare:41822 /m],
  ],
  [
    '2',
    ['PID', 'INNER', 'USER', 'CONTAINER', 'CPU%', 'MEM', 'COMMAND'],
    [/^▌ +20051 7 +33 .* systemd-resolved .* R .* worker --of/m, /^ +1 – +root .* \/sbin\/init/m],
  ],
  [
    '3',
    ['NAMESPACE', 'NPROCS', 'ABOUT', 'HELD BY'],
    [/^▌ user 4026531837 +97 /m, /^ {2}├─ net 4026539999 +0 .* bind \/run\/n/m, /^ {2}│ {2}├─ pid \d+ +3 /m],
  ],
  [
    '3',
    ['NAMESPACE', 'NPROCS', 'HELD BY'],
    [/^ 1.* 3N(amespace)?s by owner/m, /^ {2}├─ pid 4026540001 +3 /m],
  ],
  [
    '4',
    ['NAME', 'PROCS', 'CPU%', 'MEM', 'LIMIT', 'PIDS'],
    [
      /^▌ cpu,cpuacct:\/ /m,
      /^ {2}v2:\/ /m,
      /^ {2}│ {2}├─ checkout-api .* 64\.0M +512M/m,
      /dev-disk-swap\.swap/,
    ],
  ],
  [
    '5',
    ['TARGET', 'SOURCE', 'TYPE', 'PROPAGATION', 'MARKS'],
    [/^▌ \/ +\/dev\/sda1 +ext4 .* shared:1/m, /^ {2}├─ \/var +\/dev\/sdb1 +xfs/m, /\/mnt\/数据 .*hidden:36/],
  ],
  [
    '6',
    ['NETNS', 'INTERFACE', 'STATE', 'ADDRESSES', 'RX/s', 'TX/s'],
    [/^▌ host +lo .* 127\.0\.0\.1\/8/m, /^ {2}checkout-api +eth0 .* 172\.17\.0\.2/m],
  ],
  [
    '6',
    ['NETNS', 'PROTO', 'STATE', 'LOCAL', 'REMOTE', 'PID'],
    [/^▌ host +tcp +LISTEN .* 0\.0\.0\.0:22 +0\.0\.0\.0:\* .*612/m, /unix +LISTEN .*\/run\/docker\.sock/],
  ],
  [
    '7',
    ['NAME', 'UID', 'USER NS', 'CAPS', 'BEYOND DEFAULT', 'SECCOMP', 'NNP'],
    [/^▌ checkout-api .* 0 +host .* 15 sys_admin +filter +off/m, /^ {2}ingress .* \? .* \? .* \?/m],
  ],
  ['8', [], [/^─ Host ─/m, /hostname +web-1/, /34\.0%/]],
];

const OF_CONTAINER: readonly Shown[] = [
  ['1', [], [/^─ checkout-api ─ docker 519616c67829 ─/m, /memory 95\.1% of its limit/]],
  ['2', ['PID', 'INNER', 'COMMAND'], [/^▌ +20001 7 +33 /m, / 1\/3 *$/m]],
  ['3', ['NAMESPACE'], [/^ {2}├─ net 4026540002 /m, / 1\/5 *$/m]],
  ['3', ['NAMESPACE'], [/3N(amespace)?s by owner/]],
  ['4', ['NAME', 'PROCS'], [/^▌ v2:\/docker\/checkout-api /m, /^ {2}└─ init /m]],
  ['5', ['TARGET'], [/^▌ \/ +overlay/m, /^ {2}│ {2}├─ \/proc\/kcore .* masked/m, /slave:7/]],
  ['6', ['NETNS', 'INTERFACE'], [/^▌ checkout-api +eth0 /m, / 1\/1 *$/m]],
  ['6', ['NETNS', 'PROTO'], [/^▌ checkout-api +tcp +LISTEN .* 0\.0\.0\.0:8000/m]],
  ['7', [], [/effective +15, beyond docker's default: SYS_ADMIN/, /CAP_CHOWN +● ● · ● · +yes/]],
  ['8', [], [/hostname +web-1/]],
];

/** Its tab, the row, the title of the page that Enter opens, and facts; the same tab again: its next variant. */
const FACTS: readonly (readonly [tab: string, row: string, title: string, facts: readonly RegExp[]])[] = [
  ['2', '▌   20051', 'worker --of systemd-resolved (20051)', [/^ pid +20051/m, /^ cpu +\d/m]],
  ['3', '▌ ├─ cgroup', 'cgroup 4026531835', [/^ kept by +process: pid 1/m, /^ +fd: pid 1, fd 4/m]],
  ['3', '▌ user', 'user 4026531837', [/^ initial +yes/m]],
  ['4', '▌ └─ docker', '/docker', [/^ hierarchy +cpu,cpuacct/m]],
  ['5', '▌ ├─ /var', '/var', [/^ source +\/dev\/sdb1/m]],
  ['6', '▌ host   ', 'lo', [/^ addresses +127\.0\.0\.1\/8/m]],
  ['6', '▌ host   ', 'tcp socket 9001', [/^ local +0\.0\.0\.0:22/m]],
];

describe.each(SIZES)('%ix%i', (columns, rows) => {
  const start = async (args: readonly string[] = []) => {
    const terminal = startHarness(args, { columns, rows });
    await terminal.waitForText('▌!checkout-api');
    return terminal;
  };

  it('shows every view of the host', async () => {
    const terminal = await start();
    for (const shown of OF_HOST) await expectView(terminal, shown);
  });

  it('shows every view of a container, and Esc leads back to its row', async () => {
    const terminal = await start();
    terminal.type('\r');
    await terminal.waitForText('checkout-api › 1Page');
    for (const shown of OF_CONTAINER) await expectView(terminal, shown);
    terminal.type('\x1b');
    await terminal.waitForScreen((text) => /^▌!checkout-api/m.test(text), 'the list');
  });

  it('shows all that is known of a row of each list', async () => {
    const terminal = await start();
    for (const [tab, row, title, facts] of FACTS) {
      const titles = () => terminal.lines.slice(2, 4).join();
      const before = titles();
      terminal.type(tab);
      // The first row is marked, or the one that was before: the wanted one, or the one above it.
      const wantedRow = () => terminal.lines.findIndex((line) => line.slice(1).startsWith(row.slice(1)));
      const isMarked = (at: number) => terminal.lines[at]?.startsWith('▌') === true;
      await terminal.waitFor(
        () => titles() !== before && (isMarked(wantedRow()) || isMarked(wantedRow() - 1)),
        `${row} or the row above it`,
      );
      if (!isMarked(wantedRow())) terminal.type('j');
      await terminal.waitForText(row);
      terminal.type('\r');
      const wanted = (text: string) =>
        text.includes(`─ ${title} ─`) && (rows < 40 || facts.every((each) => each.test(text)));
      await terminal.waitForScreen(wanted, `${title}, ${facts.join(', ')}`);
      terminal.type(bytesOf('escape'));
      await terminal.waitForScreen((text) => !text.includes(`─ ${title} ─`), 'the list again');
    }
  });

  it('numbers stand below their titles', async () => {
    const terminal = await start();
    const endsOf = (pattern: RegExp, row: number) => {
      const found = pattern.exec(terminal.lines[row] ?? '');
      return found === null ? Number.NaN : found.index + found[0].length;
    };
    const below = (title: RegExp, cell: RegExp) =>
      terminal.waitFor(() => endsOf(title, 3) === endsOf(cell, 4), `${cell} below ${title}`);
    await below(/CPU%/, /148\.2/);
    await below(/PIDS/, / 31(?= )/);
    terminal.type('2');
    await terminal.waitForText('▌   20051');
    await below(/PID/, /20051/);
  });
});

it.each([
  ['2', 'processes', 'PID'],
  ['3', 'namespaces', 'NAMESPACE'],
  ['4', 'cgroups', 'NAME'],
  ['5', 'mounts', 'TARGET'],
  ['6', 'interfaces', 'NETNS'],
  ['66', 'sockets', 'PROTO'],
  ['7', 'security', 'BEYOND'],
])('tab %s says that it reads, then shows the %s', async (keys, _list, title) => {
  const terminal = startHarness(['--slow', '3']);
  await terminal.waitForText('▌!checkout-api');
  terminal.type(keys);
  await terminal.waitForText('reading…');
  await terminal.waitForScreen((text) => text.includes(title) && /^▌ /m.test(text), 'rows');
});

it.each([
  ['2', 'processes'],
  ['3', 'namespaces'],
  ['4', 'cgroups'],
  ['5', 'mounts'],
  ['6', 'interfaces'],
  ['66', 'sockets'],
  ['7', 'security'],
])('tab %s says why there are no %s', async (keys, list) => {
  const terminal = startHarness(['--failed', list]);
  await terminal.waitForText('▌!checkout-api');
  terminal.type(keys);
  await terminal.waitForText('this list cannot be taken here');
  terminal.type('1');
  await terminal.waitForText('▌!checkout-api');
});

it.each([
  ['1', 'no containers'],
  ['7', 'no containers'],
])('tab %s of an empty host says so', async (keys, said) => {
  const terminal = startHarness(['--empty']);
  await terminal.waitForText('0 containers');
  terminal.type(keys);
  await terminal.waitForText(said);
});

it('says why a container’s lists are gone, and its page stays', async () => {
  const terminal = startHarness(['--fail', 'end']);
  await terminal.waitForText('▌!checkout-api');
  terminal.type('\r');
  await terminal.waitForText('1Page');
  terminal.signal('SIGUSR2');
  await terminal.waitForText('─ ended');
  terminal.type('2');
  await terminal.waitForText('docker/checkout-api has ended');
  terminal.type('1');
  await terminal.waitForText('checkout-api ─');
});

async function expectView(terminal: TestTerminal, [key, titles, rows]: Shown): Promise<void> {
  terminal.type(key);
  const wanted = (text: string) =>
    rows.every((each) => each.test(text)) && inOrder(text.split('\n')[3] ?? '', titles);
  await terminal.waitForScreen(wanted, `${titles.join(' ')} with ${rows.join(' ')}`);
}

function inOrder(line: string, titles: readonly string[]): boolean {
  let from = 0;
  return titles.every((title) => {
    const at = line.indexOf(title, from);
    from = at + title.length;
    return at !== -1;
  });
}
