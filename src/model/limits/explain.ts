/** Why the kernel refuses a write into a file of a cgroup, as far as errno and file tell. Pure. */
import type { FileWrite } from './write.ts';

type Reason = readonly [file: RegExp, errno: string, why: string];

const REASONS: readonly Reason[] = [
  [/^memory\.limit_in_bytes$/, 'EBUSY', 'more is in use than could be freed'],
  [/^memory\.memsw\.limit_in_bytes$/, 'EBUSY', 'more memory and swap is in use than could be freed'],
  [/^memory\.(?:limit|memsw)/, 'EINVAL', 'memory would be above memory and swap together'],
  [
    /^cpu\.(?:cfs_quota_us|cfs_period_us|max)$/,
    'EINVAL',
    'a parent allows less, a child has more, or cpu-burst is above it',
  ],
  [/^cpu\.(?:cfs_burst_us|max\.burst)$/, 'EINVAL', 'it cannot be above the quota of cpu'],
  [/^cpu\.(?:shares|weight)$/, 'EINVAL', 'with cpu-idle=1 it has no weight; set cpu-idle=0 as well'],
  [/^cpuset\.cpus$/, 'EACCES', 'its parent does not have all of them'],
  [/^cpuset\./, 'EINVAL', 'there are no such numbers here, or its parent does not have them'],
  [/^cpuset\./, 'ERANGE', 'there are no such numbers here'],
  [/^cpuset\./, 'ENOSPC', 'it has processes, which must keep one'],
  [/^cpuset\./, 'EBUSY', 'a child uses what would be taken away'],
  [
    /^(?:io\.max|blkio\.throttle)/,
    'ENODEV',
    'there is no such disk, or it is a partition: limits go on the whole disk',
  ],
  [/^(?:io\.max|blkio\.throttle)/, 'EOPNOTSUPP', 'this disk has no queue that could be limited'],
  [/^devices\./, 'EPERM', 'its parent may not use that device'],
  [/./, 'ENODEV', 'the cgroup is gone'],
];

export function whyRefused({ file }: Pick<FileWrite, 'file'>, errno: string): string | undefined {
  return REASONS.find(([pattern, code]) => code === errno && pattern.test(file))?.[2];
}
