/** What is not read because something else tells that it cannot have changed: totals above it, and who writes to it. */
import { linkSync, mkdirSync, rmSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Changes } from '../../../src/sys/kernel-files.ts';
import { type RepeatedFile, repeatedFile } from '../../../src/sys/repeated-file.ts';
import { RepeatedFiles } from '../../../src/sys/repeated-files.ts';
import { ToldFiles } from '../../../src/sys/told-files.ts';
import { totalsOver } from '../../../src/sys/totals.ts';
import { scratch } from './scratch.ts';

const { path, write } = scratch();
const opened: (RepeatedFiles | ToldFiles)[] = [];

function filesOf(isTelling = true): RepeatedFiles {
  const files = new RepeatedFiles(path('proc'), '/sys', new ToldFiles(() => isTelling));
  opened.push(files);
  return files;
}

function toldFiles(): ToldFiles {
  const told = new ToldFiles(() => true);
  opened.push(told);
  return told;
}

afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  vi.restoreAllMocks();
});

const ok = (value: string) => ({ ok: true, value });
const MANY = Array.from({ length: 8 }, (_, at) => at);

/** Eight cgroups below one, each with a file that the one above has too. */
function counted(name: string, file: string, below: readonly number[] = MANY) {
  const files = filesOf();
  const total = write(`${name}/${file}`, 'total=0\n');
  const paths = below.map((at) => write(`${name}/${at}/${file}`, 'total=0\n'));
  const ask = (changes: Omit<NonNullable<Changes['above']>, 'paths'> = {}) => {
    files.begin();
    return paths.map((each) => files.small(each, () => ({ above: { ...changes, paths: [total] } })));
  };
  return {
    files,
    total,
    paths,
    ask,
    set: (at: number, text: string) => write(`${name}/${at}/${file}`, text),
  };
}

describe('what is counted above as well', () => {
  it('is read when that moves, and not before', () => {
    const { ask, set } = counted('a', 'usage');
    for (let rounds = 0; rounds < 3; rounds += 1) expect(ask()).toEqual(MANY.map(() => ok('total=0\n')));
    set(3, 'total=5\n');
    expect(ask()[3]).toEqual(ok('total=0\n'));
    write('a/usage', 'total=5\n');
    expect(ask()[3]).toEqual(ok('total=5\n'));
    set(4, 'total=1\n');
    expect(ask()[4]).toEqual(ok('total=0\n'));
  });

  it('counts as read together with it', () => {
    const { files, paths, ask } = counted('b', 'usage');
    const [file = ''] = paths;
    ask();
    ask();
    ask();
    const before = files.readAtUsec(file);
    const now = Number(process.hrtime.bigint()) / 1000;
    ask();
    expect(files.readAtUsec(file)).toBeGreaterThanOrEqual(now - 1);
    expect(files.readBeforeUsec(file)).toBe(before);
  });

  it('is read anew when everything is', () => {
    const { files, paths, ask, set } = counted('c', 'usage');
    for (let rounds = 0; rounds < 3; rounds += 1) ask();
    set(0, 'total=1\n');
    files.begin(true);
    expect(files.small(paths[0] ?? '')).toEqual(ok('total=1\n'));
  });

  it('is read when it is old', () => {
    const { ask, set } = counted('d', 'usage');
    for (let rounds = 0; rounds < 3; rounds += 1) ask({ goodForMs: 3_600_000 });
    set(0, 'total=1\n');
    expect(ask()[0]).toEqual(ok('total=0\n'));
    const now = performance.now() + 7_200_000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    expect(ask()[0]).toEqual(ok('total=1\n'));
  });

  it.each([
    ['there are few of them', () => counted('e', 'usage', [0, 1, 2])],
    [
      'it is gone',
      () => {
        const gone = counted('f', 'usage');
        rmSync(gone.total);
        return gone;
      },
    ],
  ])('is read in every round when %s', (_, make) => {
    const { ask, set } = make();
    for (let rounds = 0; rounds < 3; rounds += 1) ask();
    set(1, 'total=7\n');
    expect(ask()[1]).toEqual(ok('total=7\n'));
  });

  it('of pressure: only the sums of stalls count', () => {
    const { ask, set } = counted('g', 'cpu.pressure');
    const averages = (avg10: string, total: number) =>
      `some avg10=${avg10} total=${total}\nfull avg10=0 total=7\n`;
    for (const avg10 of ['0.00', '3.00', '12.50', '1.00']) {
      write('g/cpu.pressure', averages(avg10, 9));
      ask({ lagMs: 0 });
    }
    set(0, averages('5.00', 3));
    write('g/cpu.pressure', averages('20.00', 9));
    expect(ask()[0]).toEqual(ok('total=0\n'));
    write('g/cpu.pressure', averages('20.00', 91));
    expect(ask()[0]).toEqual(ok(averages('5.00', 3)));
  });

  it('and shows later here: not before that has passed', () => {
    const { ask, set } = counted('h', 'cpu.pressure');
    for (let rounds = 0; rounds < 3; rounds += 1) ask({ lagMs: 3_600_000 });
    set(0, 'total=1\n');
    expect(ask()[0]).toEqual(ok('total=1\n'));
  });
});

it('the nearest total with enough below it is read', () => {
  const file = (name: string, above: readonly string[]): RepeatedFile => ({
    ...repeatedFile(name, true, { above: { paths: above } }),
    fd: 0,
  });
  const near = MANY.map((at) => file(`near${at}`, ['a/b', 'a']));
  const far = file('far', ['a/c', 'a']);
  const lonely = file('lonely', ['d']);
  const totals = totalsOver([...near, far, lonely, { ...file('closed', ['d']), fd: -1 }]);
  expect(near.map((each) => totals.get(each))).toEqual(near.map(() => 'a/b'));
  expect([far, lonely].map((each) => totals.get(each))).toEqual(['a', undefined]);
});

describe('what is told', () => {
  /** A name in another directory: who writes to it is not heard of. */
  function unheard(name: string): (text: string) => void {
    mkdirSync(path('elsewhere'), { recursive: true });
    const other = `elsewhere/${name.replaceAll('/', '-')}`;
    linkSync(path(name), path(other));
    return (text) => write(other, text);
  }

  it('is read when somebody writes to it, and not before', () => {
    const files = filesOf();
    const file = write('k/limit', '1');
    const ask = () => {
      files.begin();
      return files.small(file, () => ({ told: [path('k')] }));
    };
    for (let rounds = 0; rounds < 4; rounds += 1) expect(ask()).toEqual(ok('1'));
    const writeUnheard = unheard('k/limit');
    writeUnheard('2');
    expect(ask()).toEqual(ok('1'));
    write('k/limit', '3');
    expect(ask()).toEqual(ok('3'));
    writeUnheard('4');
    expect(ask()).toEqual(ok('3'));
    files.mayAge(file, 'untold', () => ({}));
    expect(ask()).toEqual(ok('4'));
  });

  it('is read when somebody writes to the file of that name further up', () => {
    const files = filesOf();
    const file = write('l/c/state', '1');
    write('l/state', '1');
    write('l/other', '1');
    const ask = () => {
      files.begin();
      return files.small(file, () => ({ told: [path('l/c'), path('l')] }));
    };
    for (let rounds = 0; rounds < 4; rounds += 1) ask();
    unheard('l/c/state')('2');
    write('l/other', '2');
    expect(ask()).toEqual(ok('1'));
    write('l/state', '2');
    expect(ask()).toEqual(ok('2'));
  });

  it('is read in every round where nobody tells', () => {
    const files = filesOf(false);
    const file = write('m/limit', '1');
    const ask = () => {
      files.begin();
      return files.small(file, () => ({ told: [path('m')] }));
    };
    for (let rounds = 0; rounds < 4; rounds += 1) ask();
    unheard('m/limit')('2');
    expect(ask()).toEqual(ok('2'));
  });

  it('what was written before it was watched is seen', () => {
    const told = toldFiles();
    write('n/limit', '1');
    const file = repeatedFile(path('n/limit'), true, { told: [path('n')] });
    told.add(file);
    expect(told.watchMore()).toEqual([file]);
    expect([...told.drain()]).toEqual([]);
    write('n/limit', '2');
    expect([...told.drain()]).toEqual([file]);
    expect([...told.drain()]).toEqual([]);
  });

  it('is looked at when its directory is removed, also by another path of it', () => {
    const told = toldFiles();
    write('o/c/limit', '1');
    const [one, other] = ['o/c', 'o/../o/c'].map((directory) =>
      repeatedFile(`${path('o')}/../${directory}/limit`, true, { told: [`${path('o')}/../${directory}`] }),
    );
    if (one === undefined || other === undefined) throw new Error('two files');
    for (const file of [one, other]) told.add(file);
    expect(told.watchMore()).toEqual([one, other]);
    told.delete(other);
    write('o/c/limit', '2');
    expect([...told.drain()]).toEqual([one]);
    rmSync(path('o/c'), { recursive: true });
    expect([...told.drain()]).toEqual([one]);
    expect(one.isTold).toBe(false);
    expect(told.watchMore()).toEqual([]);
  });

  it('is not where its directory is not there', () => {
    const told = toldFiles();
    const file = repeatedFile(path('p/limit'), true, { told: [path('p')] });
    told.add(file);
    expect(told.watchMore()).toEqual([]);
    expect(file.isTold).toBe(false);
  });
});
