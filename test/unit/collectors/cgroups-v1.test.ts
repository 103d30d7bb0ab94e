// Counters and limits of containers on v1, whose controllers have a hierarchy each, and on a hybrid host.
import { describe, expect, it } from 'vitest';
import type { Hierarchy } from '../../../src/kernel/cgroup/hierarchy.ts';
import { read, V2, v1, v2 } from './cgroups-kit.ts';
import { FakeHost } from './fake-host.ts';

describe('v1', () => {
  const PATH = '/docker/box';
  const MAX = '9223372036854771712\n';
  function host() {
    const fake = new FakeHost();
    const own = (
      controllers: string[],
      files: Record<string, string>,
      parent: Record<string, string> = {},
    ) => {
      const at = `${V2}/${controllers.join(',')}`;
      fake.cgroup(`${at}${PATH}`, files);
      fake.cgroup(`${at}/docker`, parent);
      return { hierarchy: v1(fake, ...controllers), path: PATH, own: true };
    };
    const places = [
      own(['cpu', 'cpuacct'], {
        'cpuacct.usage': '5000000000\n',
        'cpu.stat': 'nr_periods 10\nnr_throttled 5\nthrottled_time 7000000\n',
        'cpu.cfs_quota_us': '50000\n',
        'cpu.cfs_period_us': '100000\n',
      }),
      own(
        ['memory'],
        {
          'memory.usage_in_bytes': '6000000\n',
          'memory.limit_in_bytes': MAX,
          'memory.stat':
            'hierarchical_memory_limit 8000000\ncache 1\nrss 1\ninactive_file 1\nactive_file 1\ntotal_cache 5000000\ntotal_rss 1000000\ntotal_shmem 2000\ntotal_swap 300\ntotal_inactive_file 3000000\ntotal_active_file 2000000\n',
          'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 4\n',
        },
        { 'memory.limit_in_bytes': '8000000\n' },
      ),
      own(['blkio'], {
        'blkio.throttle.io_service_bytes_recursive':
          '253:0 Read 1000\n253:0 Write 500\n8:0 Read 1000\n8:0 Write 500\n8:0 Sync 1500\n8:0 Async 0\n8:0 Discard 0\n8:0 Total 1500\nTotal 3000\n',
      }),
      own(['pids'], { 'pids.current': '3\n', 'pids.max': 'max\n' }, { 'pids.max': '50\n' }),
      own(['freezer'], { 'freezer.state': 'THAWED\n' }),
    ];
    fake.cgroup('/sys/dev/block/253:0/slaves/sda', { dev: '8:0\n' });
    return { fake, places };
  }

  it('joins the hierarchies', () => {
    const { fake, places } = host();
    expect(read(fake, ...places)).toMatchObject({
      cpu: {
        usageUsec: 5_000_000,
        nrPeriods: 10,
        nrThrottled: 5,
        throttledUsec: 7000,
        quota: { quotaUsec: 50_000, periodUsec: 100_000 },
      },
      memory: {
        currentBytes: 6_000_000,
        anonBytes: 1_000_000,
        inactiveFileBytes: 3_000_000,
        swapBytes: 300,
        oomKills: 4,
        limits: [
          { path: PATH, limit: 'max' },
          { path: '/docker', limit: 8_000_000 },
        ],
      },
      io: { readBytes: 1000, writeBytes: 500 },
      pids: {
        current: 3,
        limits: [
          { path: PATH, limit: 'max' },
          { path: '/docker', limit: 50 },
        ],
      },
      freezer: { state: 'running' },
    });
  });

  it('a quota of -1 is none', () => {
    const { fake, places } = host();
    fake.cgroup(`${V2}/cpu,cpuacct${PATH}`, { 'cpu.cfs_quota_us': '-1\n' });
    expect(read(fake, ...places).cpu.quota).toEqual({ quotaUsec: 'max', periodUsec: 100_000 });
  });

  it('an old kernel without a count of kills has none', () => {
    const { fake, places } = host();
    fake.cgroup(`${V2}/memory${PATH}`, { 'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\n' });
    expect(read(fake, ...places).memory.oomKills).toBeUndefined();
  });

  it('a hybrid host: own only on v2, whose cpu.stat is there without controllers', () => {
    const fake = new FakeHost();
    fake.cgroup(`${V2}/cpuacct/user`, { 'cpuacct.usage': '1\n' });
    fake.cgroup(`${V2}/unified/box`, { 'cpu.stat': 'usage_usec 9\nuser_usec 5\nsystem_usec 4\n' });
    const unified: Hierarchy = { ...v2(fake), controllers: [], mountPoint: fake.files.sys(`${V2}/unified`) };
    const counters = read(
      fake,
      { hierarchy: v1(fake, 'cpuacct'), path: '/user', own: false },
      { hierarchy: unified, path: '/box', own: true },
    );
    expect(counters.cpu.usageUsec).toBe(9);
  });
});
