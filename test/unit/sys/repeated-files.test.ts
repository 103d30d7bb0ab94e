/** Rounds over files that change: what is read again, what is taken as it was, and what stays open. */
import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { KernelFiles } from '../../../src/sys/kernel-files.ts';
import { RepeatedFiles } from '../../../src/sys/repeated-files.ts';
import { scratch } from './scratch.ts';

const { path, write } = scratch();
const opened: RepeatedFiles[] = [];

function filesOf(): RepeatedFiles {
  const files = new RepeatedFiles(path('proc'), '/sys');
  opened.push(files);
  return files;
}

/** A round that asks for these, and what it was told. */
function round(files: RepeatedFiles, ask: () => unknown): unknown {
  files.begin();
  return ask();
}

afterEach(() => {
  for (const files of opened.splice(0)) files.close();
  vi.restoreAllMocks();
});

const ok = (value: string) => ({ ok: true, value });

describe('a file asked for in every round', () => {
  it('is told as it is in each of them', () => {
    const files = filesOf();
    const file = write('a/value', '1\n');
    const ask = () => files.small(file);
    expect(round(files, ask)).toEqual(ok('1\n'));
    expect(round(files, ask)).toEqual(ok('1\n'));
    write('a/value', '22\n');
    expect(round(files, ask)).toEqual(ok('22\n'));
    write('a/value', '');
    expect(round(files, ask)).toEqual(ok(''));
  });

  it('is absent, then there, then absent again', () => {
    const files = filesOf();
    const ask = () => files.small(path('b/late'));
    const absent = { ok: false, why: 'absent', path: path('b/late'), errno: 'ENOENT' };
    expect(round(files, ask)).toEqual(absent);
    expect(round(files, ask)).toEqual(absent);
    write('b/late', 'here');
    expect(round(files, ask)).toEqual(ok('here'));
    expect(round(files, ask)).toEqual(ok('here'));
  });

  it('and longer than a small file may be, is whole nevertheless', () => {
    const files = filesOf();
    const long = 'x'.repeat(100_000);
    const file = write('c/long', long);
    for (let rounds = 0; rounds < 3; rounds += 1) {
      expect(round(files, () => files.small(file))).toEqual(ok(long));
      expect(round(files, () => files.again(file))).toEqual(ok(long));
    }
  });

  it('many of them, more than the first buffer holds', () => {
    const files = filesOf();
    const names = Array.from({ length: 60 }, (_, at) => write(`many/${at}`, `${at} `.repeat(3000)));
    for (let rounds = 0; rounds < 3; rounds += 1) {
      files.begin();
      for (const [at, name] of names.entries()) expect(files.small(name)).toEqual(ok(`${at} `.repeat(3000)));
    }
  });

  it('grows and shrinks by and by, among many others', () => {
    const files = filesOf();
    const names = Array.from({ length: 40 }, (_, at) => write(`grow/${at}`, ''));
    for (const length of [0, 10, 63, 64, 65, 5000, 3, 12_000, 0, 200]) {
      for (const at of names.keys()) write(`grow/${at}`, `${at % 10}`.repeat(length + (at % 3)));
      files.begin();
      for (const [at, name] of names.entries())
        expect(files.small(name)).toEqual(ok(`${at % 10}`.repeat(length + (at % 3))));
    }
  });

  it('has the time at which it was read', () => {
    const files = filesOf();
    const file = write('d/value', '1');
    round(files, () => files.small(file));
    const first = files.readAtUsec(file);
    const before = Number(process.hrtime.bigint()) / 1000;
    round(files, () => files.small(file));
    expect(files.readAtUsec(file)).toBeGreaterThanOrEqual(before - 1);
    expect(files.readAtUsec(file)).toBeLessThanOrEqual(Number(process.hrtime.bigint()) / 1000);
    expect(files.readAtUsec(file)).toBeGreaterThan(first);
  });
});

describe('what says the same', () => {
  it('is known to, and counts as asked for', () => {
    const files = filesOf();
    const [a, b] = [write('e/a', '1'), write('e/b', '2')];
    round(files, () => [files.small(a), files.small(b)]);
    const watch = files.watch([a, b]);
    expect(watch.isSame()).toBe(false);
    expect(round(files, () => watch.isSame())).toBe(true);
    expect(round(files, () => watch.isSame())).toBe(true);
    expect(files.keptOpen).toBe(2);
    write('e/b', '3');
    expect(round(files, () => watch.isSame())).toBe(false);
    expect(files.small(b)).toEqual(ok('3'));
    expect(round(files, () => watch.isSame())).toBe(true);
  });

  it('also when it was not there, and is news when it is', () => {
    const files = filesOf();
    const [there, late] = [write('q/there', 'x'.repeat(300)), path('q/late')];
    round(files, () => [files.small(there), files.small(late)]);
    const watch = files.watch([there, late]);
    expect(round(files, () => watch.isSame())).toBe(true);
    write('q/late', '1');
    expect(round(files, () => watch.isSame())).toBe(false);
    expect(files.small(late)).toEqual(ok('1'));
    write('q/there', 'x'.repeat(299));
    expect(round(files, () => watch.isSame())).toBe(false);
    expect(files.small(there)).toEqual(ok('x'.repeat(299)));
  });

  it('changed between the look that was the first and the next one: is news', () => {
    const files = filesOf();
    const names = Array.from({ length: 30 }, (_, at) => write(`r/${at}`, `${at}`.repeat(7000)));
    round(files, () => names.map((name) => files.small(name)));
    const watches = names.map((name) => files.watch([name]));
    write('r/7', 'another');
    expect(round(files, () => watches.map((watch) => watch.isSame()))).toEqual(
      names.map((_, at) => at !== 7),
    );
    expect(files.small(path('r/7'))).toEqual(ok('another'));
  });

  it('is told for each watch apart, and of a file of several for all of them', () => {
    const files = filesOf();
    const [a, b, both] = [write('m/a', '1'), write('m/b', '2'), write('m/both', '3')];
    round(files, () => [files.small(a), files.small(b), files.small(both)]);
    const watches = [files.watch([a, both]), files.watch([b, both])];
    const areSame = () => watches.map((watch) => watch.isSame());
    round(files, () => undefined);
    expect(round(files, areSame)).toEqual([true, true]);
    write('m/a', '11');
    expect(round(files, areSame)).toEqual([false, true]);
    write('m/both', '33');
    expect(round(files, areSame)).toEqual([false, false]);
    expect(round(files, areSame)).toEqual([true, true]);
  });

  it('is forgotten, and closed, when its watch is stopped', () => {
    const files = filesOf();
    const [a, b] = [write('n/a', '1'), write('n/b', '2')];
    round(files, () => [files.small(a), files.small(b)]);
    const [one, both] = [files.watch([a]), files.watch([a, b])];
    for (let rounds = 0; rounds < 3; rounds += 1) round(files, () => undefined);
    expect(files.keptOpen).toBe(2);
    both.stop();
    round(files, () => undefined);
    round(files, () => undefined);
    expect(files.keptOpen).toBe(1);
    expect(round(files, () => one.isSame())).toBe(true);
    one.stop();
    round(files, () => undefined);
    round(files, () => undefined);
    expect(files.keptOpen).toBe(0);
  });

  it('was read last, before this round, at that time', () => {
    const files = filesOf();
    const [leader, file] = [write('o/leader', '1'), write('o/value', '1')];
    const ask = () => [
      files.small(leader),
      files.small(file, () => ({ leaders: [leader], goodForMs: 3_600_000 })),
    ];
    const ago = () =>
      [leader, file].map((name) => files.readAtUsec(name) - (files.readBeforeUsec(name) ?? 0));
    round(files, ask);
    round(files, ask);
    round(files, ask);
    const [sinceLeader = 0, sinceFile] = ago();
    expect(sinceLeader).toBeGreaterThan(0);
    // It was not read in this round.
    expect(sinceFile).toBe(0);
    write('o/leader', '2');
    round(files, ask);
    for (const usec of ago()) expect(usec).toBeGreaterThan(0);
  });

  it('the paths that were asked for can be had', () => {
    const files = filesOf();
    const [a, b] = [write('g/a', '1'), write('g/b', '2')];
    files.begin();
    const asked = files.recordAsked();
    files.small(a);
    files.noteAsked(b);
    expect(asked()).toEqual([a, b]);
    files.small(b);
    expect(asked()).toEqual([a, b]);
  });
});

describe('what need not be read in every round', () => {
  const later = (ms: number) => {
    const now = performance.now() + ms;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  };

  it('seldom: when it is old', () => {
    const files = filesOf();
    const file = write('h/limit', 'max');
    const ask = () => files.small(file, () => ({ goodForMs: 3_600_000 }));
    round(files, ask);
    round(files, ask);
    write('h/limit', '100');
    expect(round(files, ask)).toEqual(ok('max'));
    later(7_200_000);
    expect(round(files, ask)).toEqual(ok('100'));
  });

  it('not at all when everything is wanted anew', () => {
    const files = filesOf();
    const [leader, file] = [write('s/usage', '1'), write('s/limit', 'max')];
    const ask = () => [
      files.small(leader),
      files.small(file, () => ({ leaders: [leader], goodForMs: 3_600_000 })),
    ];
    round(files, ask);
    round(files, ask);
    write('s/limit', '100');
    expect(round(files, ask)).toEqual([ok('1'), ok('max')]);
    files.begin(true);
    expect(ask()).toEqual([ok('1'), ok('100')]);
  });

  it('following: when its leader moves, or it is old', () => {
    const files = filesOf();
    const leader = write('i/usage', '1');
    const file = write('i/memory', '10');
    const ask = () => [
      files.small(leader),
      files.small(file, () => ({ leaders: [leader], goodForMs: 3_600_000 })),
    ];
    round(files, ask);
    round(files, ask);
    write('i/memory', '20');
    expect(round(files, ask)).toEqual([ok('1'), ok('10')]);
    write('i/usage', '2');
    expect(round(files, ask)).toEqual([ok('2'), ok('20')]);
    write('i/memory', '30');
    expect(round(files, ask)).toEqual([ok('2'), ok('20')]);
    later(7_200_000);
    expect(round(files, ask)).toEqual([ok('2'), ok('30')]);
  });

  it('may come to age faster or slower than was said at first', () => {
    const files = filesOf();
    const leader = write('p/usage', '1');
    const file = write('p/pressure', '0');
    const ask = () => [files.small(leader), files.small(file)];
    round(files, ask);
    round(files, ask);
    files.mayAge(file, 'idle', () => ({ goodForMs: 3_600_000, leaders: [leader] }));
    write('p/pressure', '1');
    expect(round(files, ask)).toEqual([ok('1'), ok('0')]);
    write('p/usage', '2');
    expect(round(files, ask)).toEqual([ok('2'), ok('1')]);
    files.mayAge(file, 'busy', () => ({}));
    write('p/pressure', '2');
    expect(round(files, ask)).toEqual([ok('2'), ok('2')]);
  });
});

describe('what stays open', () => {
  const links = () =>
    readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return ''; // the descriptor of this very listing
      }
    });

  it('small files, until a round does not ask for them; others never', () => {
    const files = filesOf();
    const [kept, again, ofProc] = [write('j/kept', '1'), write('j/again', '2'), write('proc/1/stat', '3')];
    const ask = () => [files.small(kept), files.again(again), files.small(ofProc)];
    expect(round(files, ask)).toEqual([ok('1'), ok('2'), ok('3')]);
    expect(round(files, ask)).toEqual([ok('1'), ok('2'), ok('3')]);
    expect(links()).toContain(kept);
    expect(links()).not.toContain(again);
    expect(links()).not.toContain(ofProc);
    expect(files.keptOpen).toBe(1);
    round(files, () => undefined);
    round(files, () => undefined);
    expect(links()).not.toContain(kept);
    expect(files.keptOpen).toBe(0);
  });

  it('nothing where descriptors are short, and it is read all the same', () => {
    const files = filesOf();
    vi.spyOn(KernelFiles.prototype, 'text').mockReturnValue({
      ok: true,
      value:
        'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1                    1                    files     \n',
    });
    const file = write('k/value', '1');
    for (const text of ['1', '2', '33']) {
      write('k/value', text);
      expect(round(files, () => files.small(file))).toEqual(ok(text));
    }
    expect(files.keptOpen).toBe(0);
  });

  it('an inode is remembered only while a file beside it is open', () => {
    const files = filesOf();
    const file = write('l/value', '1');
    const ask = () => [files.small(file), files.inode(path('l'))];
    const [, first] = [round(files, ask), files.inode(path('l'))];
    expect(first).toMatchObject({ ok: true });
    rmSync(path('l'), { recursive: true });
    expect(filesOf().inode(path('l'))).toMatchObject({ ok: false, errno: 'ENOENT' });
  });
});
