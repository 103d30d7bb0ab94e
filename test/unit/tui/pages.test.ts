import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { harmless } from '../../../src/model/harmless.ts';
import type { Container, HostModel } from '../../../src/model/host-model.ts';
import { displayWidth } from '../../../src/model/width.ts';
import type { Block } from '../../../tui/blocks.ts';
import { compose } from '../../../tui/compose.ts';
import { glyphsFor } from '../../../tui/glyphs.ts';
import { History } from '../../../tui/history.ts';
import { ContainerPane, containerPage } from '../../../tui/parts/container-page.ts';
import { hostBlocks } from '../../../tui/parts/host-page.ts';
import type { Showing } from '../../../tui/parts/showing.ts';
import { assortment, container, frame, memoryOf, NOW_MS } from './fabricate.ts';
import { textOf } from './screen-text.ts';

function showing(unicode = true): Showing {
  return { unicode, braille: unicode, nowMs: NOW_MS, glyphs: glyphsFor(unicode) };
}

function lines(blocks: readonly Block[], width: number, unicode = true): string[] {
  const safe = (text: string) => (unicode ? harmless(text) : harmless(text).replace(/[^\x20-\x7e]/gu, '?'));
  return compose(blocks, { width, glyphs: glyphsFor(unicode), safe }).map(textOf);
}

/** A minute of one container, a sample a second, the last one now. */
function watched(make: (second: number) => Container, changes: Partial<HostModel> = {}) {
  const history = new History();
  const frames = Array.from({ length: 60 }, (_, second) =>
    frame([make(second)], { ...changes, takenAtMs: NOW_MS - (59 - second) * 1000 }),
  );
  for (const each of frames) history.add(each);
  const last = make(59);
  return { container: last, past: history.past(last.key), history };
}

const MIB = 1024 ** 2;
const full = {
  cpu: { usageUsec: 1, ratio: 1.482, throttledRatio: 0.38, limitCores: 2 },
  memory: {
    ...memoryOf(487, 512),
    limitedBy: '/docker/checkout-api',
    anonBytes: 401 * MIB,
    fileBytes: 80 * MIB,
  },
  io: { readBytes: 1, writeBytes: 1, readBytesPerSec: 1.2 * MIB, writeBytesPerSec: 310 * 1024 },
  net: { rxBytes: 1, txBytes: 1, rxBytesPerSec: 4.1 * MIB, txBytesPerSec: 2.2 * MIB },
  pressure: { cpu: { someAvg10: 31 }, memory: { someAvg10: 12, fullAvg10: 4 }, io: { someAvg10: 1 } },
} satisfies Partial<Container>;
const busy = (second: number) =>
  container('checkout-api', {
    ...full,
    memory: { ...full.memory, oomKills: second < 30 ? 1 : 3 },
  });

describe("a container's page", () => {
  const page = lines(containerPage(watched(busy), showing(), 200), 200).join('\n');
  it.each([
    ['each reason on a line', ' attention   2 OOM kills, last 29s ago'],
    ['the CPU with throttling and quota', 'cpu 148.2%  throttled 38.0%  of 200%'],
    ['the scale up to the quota', '  200%┤'],
    ['memory against its limit', 'mem 487M/512M'],
    ['the scale up to the limit', '  512M┤'],
    ['anonymous memory', 'anon 401M'],
    ['disk', 'disk read 1.2M/s  write 310K/s'],
    ['network', 'net received 4.1M/s  sent 2.2M/s'],
    ['pressure', 'pressure cpu 31.0  memory 12.0  io 1.0'],
    ['how far back it reaches', '2m'],
    ['sections', '─ Use and limits ─'],
    ['what happened', 'for 59s; 2 OOM kills, last 29s ago; 0 restarts'],
    ['who it is', '─ Who it is ─'],
    ['why it is one', 'matches docker (cgroupfs)'],
  ])('has %s', (_name, expected) => {
    expect(page).toContain(expected);
  });

  it('shows all charts on one screen of 80x24', () => {
    const first = lines(containerPage(watched(busy), showing(), 80), 80)
      .slice(0, 23)
      .join('\n');
    for (const chart of ['cpu ', 'mem ', 'disk ', 'net ', 'pressure ']) expect(first).toContain(` ${chart}`);
  });

  it('has a chart that moves with the values', () => {
    const rising = (second: number) =>
      container('db', {
        cpu: { usageUsec: 1, ratio: second / 59 },
        io: { readBytes: undefined, writeBytes: undefined },
      });
    const rows = lines(containerPage(watched(rising), showing(false), 60), 60, false);
    const chart = rows.slice(rows.findIndex((row) => row.includes('cpu 100.0%')) + 1);
    expect(chart[0]).toMatch(/100%\+ {40,}\.*[:']/);
    expect(chart[4]).toMatch(/0%\+ {20,}[.:']/);
    expect(chart[4]?.trimEnd().length).toBeLessThan(45);
  });

  it('has no chart of what does not apply, and ? where it is denied', () => {
    const denied = { unknown: 'denied', path: '/proc/1/io', errno: 'EACCES' } as const;
    const closed = () =>
      container('db', { io: { readBytes: denied, writeBytes: denied }, net: undefined, pressure: undefined });
    const text = lines(containerPage(watched(closed), showing(), 120), 120).join('\n');
    expect(text).toContain('disk read ?  write ?');
    expect(text).not.toContain('net received');
    expect(text).not.toContain('pressure');
    expect(text).toContain('io.readBytes: denied, EACCES /proc/1/io');
  });
});

describe("a container's pane", () => {
  it.each([
    [100, 10, ['cpu', 'mem', 'disk', 'net']],
    [120, 13, ['cpu', 'mem', 'disk', 'net']],
    [200, 19, ['cpu', 'mem', 'disk', 'net', 'pressure']],
  ])('of %i columns and %i rows fits its charts beside what they do not say', (width, rows, charts) => {
    const first = lines(new ContainerPane().blocks(watched(busy), showing(), { width, rows }), width).slice(
      0,
      rows - 1,
    );
    for (const chart of charts) expect(first.join('\n')).toMatch(new RegExp(` ${chart} \\S`));
    expect(first[0]).toContain('2 OOM kills, last 29s ago; memory 95.1% of its limit');
    expect(first.join('\n')).toContain('own 512M, effective 512M');
    expect(first.filter((row) => /^ +0%?┤/.test(row)).length).toBeGreaterThan(1);
  });

  it('is charts from the first row on when there is no trouble', () => {
    const quiet = watched(() => container('db'));
    expect(lines(new ContainerPane().blocks(quiet, showing(), { width: 120, rows: 13 }), 120)[0]).toContain(
      'cpu 1.5%',
    );
  });
});

describe("the host's page", () => {
  const history = new History();
  const average = { avg10: 1.2, avg60: 2, avg300: 3, totalUsec: 0 };
  const last = frame(assortment(), { notes: [{ about: 'refused', text: '3 processes could not be read' }] });
  const model = {
    ...last.model,
    host: {
      ...last.model.host,
      pressure: { cpu: { some: average }, memory: { some: average, full: average }, io: { some: average } },
      hierarchies: [
        {
          id: 0,
          version: 2 as const,
          controllers: ['cpu', 'memory'],
          mountPoint: '/sys/fs/cgroup',
          root: '/',
        },
      ],
    },
  };
  history.add({ ...last, model });
  const page = lines(hostBlocks({ ...last, model }, history, showing(), 200), 200).join('\n');
  it.each([
    ['CPU', 'cpu 34.0%  of 8'],
    ['memory', 'mem 11.0G/24.0G  available 13.0G'],
    ['pressure', 'pressure cpu 1.2  memory 1.2  io 1.2'],
    ['all averages', 'memory some 1.2 2.0 3.0, full 1.2 2.0 3.0'],
    ['the kernel', 'Linux 6.18.5'],
    ['load', 'load 0.50'],
    ['uptime', '3d4h'],
    ['cgroups', 'v2 /sys/fs/cgroup  cpu memory'],
    ['containers by runtime', 'containerd 1, docker 1, lxc 1, podman 1, systemd 1, unshare 1'],
    ['rights', 'root'],
    ['what is missing and how to get it', 'Hostnames of containers: not readable for 0 of 6 containers'],
    ['notes in full', 'refused     3 processes could not be read'],
    ['the cost of a sample', '3 ms, of it 4.0 ms CPU'],
  ])('has %s', (_name, expected) => {
    expect(page).toContain(expected);
  });

  it('says why there is no pressure', () => {
    const text = (pressure: HostModel['host']['pressure']) => {
      const changed = { ...model, host: { ...model.host, pressure } };
      return lines(hostBlocks({ ...last, model: changed }, history, showing(), 120), 120).join('\n');
    };
    expect(text(undefined)).toContain('the kernel has no pressure files');
    expect(text({ unknown: 'unsupported', path: '/proc/pressure/cpu', errno: 'EOPNOTSUPP' })).toContain(
      '/proc/pressure/cpu: EOPNOTSUPP',
    );
  });
});

it('every page is exactly as wide as asked for, whatever is in it', () => {
  const number = fc.oneof(
    fc.double({ min: 0 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, 1e18),
  );
  const made = fc.record({
    ratio: number,
    bytes: number,
    name: fc.string({ unit: 'binary', maxLength: 40 }),
  });
  const size = fc.record({ width: fc.integer({ min: 1, max: 220 }), rows: fc.integer({ min: 1, max: 30 }) });
  fc.assert(
    fc.property(made, size, fc.boolean(), ({ ratio, bytes, name }, { width, rows }, unicode) => {
      const shown = watched((second) =>
        container(name, {
          ...full,
          cpu: { usageUsec: 1, ratio: ratio * second, throttledRatio: ratio },
          memory: { ...memoryOf(1, 2), workingSetBytes: bytes, anonBytes: bytes },
          evidence: [name],
        }),
      );
      const host = frame([shown.container], { hostCpuRatio: ratio });
      const pages = [
        containerPage(shown, showing(unicode), width),
        new ContainerPane().blocks(shown, showing(unicode), { width, rows }),
        hostBlocks(host, shown.history, showing(unicode), width),
      ];
      for (const line of pages.flatMap((blocks) => lines(blocks, width, unicode))) {
        expect(displayWidth(line)).toBe(width);
        if (!unicode) expect(line).toMatch(/^[\x20-\x7e]*$/);
      }
    }),
    { numRuns: 60 },
  );
});
