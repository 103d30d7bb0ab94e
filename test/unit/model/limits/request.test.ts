import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitKeys } from '../../../../src/model/limits/keys.ts';
import { LimitWordError } from '../../../../src/model/limits/refusal.ts';
import { parseLimitWords } from '../../../../src/model/limits/request.ts';

const one = (word: string) => {
  const [request] = parseLimitWords([word]);
  if (request === undefined) throw new Error('nothing');
  const { key, ...rest } = request;
  return { key: key.id, ...rest };
};
const set = (key: string, value: number | 'max') => ({ key, kind: 'amount', amount: { how: 'set', value } });
const change = (key: string, by: object) => ({ key, kind: 'amount', amount: { how: 'change', by } });

describe('as people write them', () => {
  it.each<[string, unknown]>([
    ['memory=256M', set('memory', 268435456)],
    ['memory=1.5g', set('memory', 1610612736)],
    ['memory=1048576', set('memory', 1048576)],
    ['memory=max', set('memory', 'max')],
    ['MEMORY=unlimited', set('memory', 'max')],
    ['memory=50%', { key: 'memory', kind: 'amount', amount: { how: 'share', ratio: 0.5 } }],
    ['memory=+20%', change('memory', { ratio: 0.2 })],
    ['memory=-20%', change('memory', { ratio: -0.2 })],
    ['memory=+100M', change('memory', { value: 104857600 })],
    ['memory+=100M', change('memory', { value: 104857600 })],
    ['memory-=10%', change('memory', { ratio: -0.1 })],
    ['memory-high-=1K', change('memory-high', { value: -1024 })],
    ['swap=0', set('swap', 0)],
    ['cpu=1.5', set('cpu', 1.5)],
    ['cpu=.25', set('cpu', 0.25)],
    ['cpu=150%', set('cpu', 1.5)],
    ['cpu=max', set('cpu', 'max')],
    ['cpu=50000/200000', { key: 'cpu', kind: 'quota', quotaUsec: 50000, periodUsec: 200000 }],
    ['cpu=max/50000', { key: 'cpu', kind: 'quota', quotaUsec: 'max', periodUsec: 50000 }],
    ['cpu-burst=20ms', set('cpu-burst', 20000)],
    ['cpu-burst=500', set('cpu-burst', 500)],
    ['pids=+10', change('pids', { value: 10 })],
    ['cpuset-cpus=3,0-1,2', { key: 'cpuset-cpus', kind: 'list', list: '0-3' }],
    ['cpuset-cpus=', { key: 'cpuset-cpus', kind: 'list', list: '' }],
    [
      'io=/dev/vda:rbps=10M,wiops=200',
      { key: 'io', kind: 'io', device: '/dev/vda', rates: { rbps: 10485760, wiops: 200 } },
    ],
    ['io=254:0:wbps=1M/s', { key: 'io', kind: 'io', device: '254:0', rates: { wbps: 1048576 } }],
    [
      'io=/dev/disk/by-path/pci-0000:00:1f.2:rbps=max',
      { key: 'io', kind: 'io', device: '/dev/disk/by-path/pci-0000:00:1f.2', rates: { rbps: 'max' } },
    ],
    [
      'io=8:0:max',
      {
        key: 'io',
        kind: 'io',
        device: '8:0',
        rates: { rbps: 'max', wbps: 'max', riops: 'max', wiops: 'max' },
      },
    ],
    [
      'hugetlb=2mb:64M',
      { key: 'hugetlb', kind: 'hugetlb', pageSize: '2MB', amount: { how: 'set', value: 67108864 } },
    ],
    ['devices=deny:c:1:5', { key: 'devices', kind: 'device', allow: false, device: 'c:1:5', access: 'rwm' }],
    [
      'devices=allow:/dev/fuse:wr',
      { key: 'devices', kind: 'device', allow: true, device: '/dev/fuse', access: 'rw' },
    ],
  ])('%s', (word, expected) => {
    expect(one(word)).toEqual(expected);
  });
});

describe('refused', () => {
  it.each<[string[], RegExp]>([
    [['memory=-1'], /cannot be negative; .*or max for no limit/],
    [['memory=-5M'], /memory-=5M/],
    [['cpu=-1'], /cannot be negative/],
    [['swappiness=-1'], /cannot be negative; to lower it, write swappiness-=1$/],
    [['memory=0'], /no memory at all/],
    [['memory=0%'], /no memory at all/],
    [['cpu=0'], /stop it for good/],
    [['pids=0'], /is not "no limit"/],
    [['memory-high=0'], /standstill/],
    [['memory=16777216T'], /more than can be counted/],
    [['memory=1e9'], /write it as memory=256M/],
    [['memory=NaN'], /write it as/],
    [['pids=1.5'], /no fractions/],
    [['pids=4194305'], /from 1 to 4194304/],
    [['pids=99999999999999999999'], /more than can be counted/],
    [['cpu-weight=10001'], /from 1 to 10000/],
    [['cpu-weight=max'], /always has a value/],
    [['cpu-weight=50%'], /no part of anything/],
    [['cpu-shares=1'], /from 2 to 262144/],
    [['blkio-weight=1001'], /from 10 to 1000/],
    [['cpu-idle=2'], /from 0 to 1/],
    [['cpu=1/10'], /periods go from/],
    [['cpu=10/10000'], /at least 1000/],
    [['cpu=0/10000'], /stop it for good/],
    [['cpuset-cpus=2-1'], /ends before it begins/],
    [['cpuset-cpus=a'], /write it as/],
    [['cpuset-cpus=0-99999999'], /there is no 99999999/],
    [['io=/dev/vda'], /write it as io=/],
    [['io=/dev/vda:rbps=0'], /stop it for good/],
    [['io=/dev/vda:rbsp=1M'], /none of rbps, wbps, riops, wiops/],
    [['io=/dev/vda:rbps=-1'], /cannot be negative/],
    [['hugetlb=64M'], /write it as hugetlb=2MB:64M/],
    [['devices=c:1:3'], /write it as devices=allow/],
    [['devices=deny:c:4096:1'], /numbers of devices go to 4095:1048575/],
    [['memory='], /write it as/],
    [['memory'], /not KEY=VALUE/],
    [['=5'], /not KEY=VALUE/],
    [['memroy=1'], /did you mean memory\?/],
    [['ram=1G'], /there are memory, /],
    [['cpuweight=1'], /did you mean cpu-weight\?/],
    [['memory=1G', 'memory=2G'], /memory is given twice/],
    [['cpu-weight=100', 'cpu-shares=1024'], /cpu-shares is given twice/],
    [['io+=1'], /cannot be changed by an amount/],
  ])('%s', (words, said) => {
    expect(() => parseLimitWords(words)).toThrow(LimitWordError);
    expect(() => parseLimitWords(words)).toThrow(said);
  });

  it('two disks are two limits', () => {
    expect(parseLimitWords(['io=8:0:rbps=1M', 'io=8:16:rbps=1M'])).toHaveLength(2);
  });

  it('whatever somebody writes is understood or refused, never anything else', () => {
    const known = fc
      .tuple(fc.constantFrom(...limitKeys()), fc.string())
      .map(([{ id }, text]) => `${id}=${text}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), known), (text) => {
        try {
          expect(parseLimitWords([text])).toHaveLength(1);
        } catch (error) {
          expect(error).toBeInstanceOf(LimitWordError);
        }
      }),
    );
  });

  it('every example is one', () => {
    for (const { id, example } of limitKeys()) expect(one(example)).toMatchObject({ key: id });
  });
});
