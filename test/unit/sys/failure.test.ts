import { describe, expect, it } from 'vitest';
import { KernelParseError } from '../../../src/kernel/errors.ts';
import type { WhyNot } from '../../../src/kernel/reading.ts';
import { errnoOf, failedReading } from '../../../src/sys/failure.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

describe('failedReading', () => {
  it.each<[string, WhyNot]>([
    ['ENOENT', 'absent'],
    ['ENOTDIR', 'absent'],
    ['ESRCH', 'gone'],
    ['ENODEV', 'gone'],
    ['EACCES', 'denied'],
    ['EPERM', 'denied'],
    ['EOPNOTSUPP', 'unsupported'],
    ['EINVAL', 'unsupported'],
    ['ENOSYS', 'unsupported'],
    ['ENOTTY', 'unsupported'],
    ['EIO', 'unsupported'],
    ['ELOOP', 'unsupported'],
    ['ENAMETOOLONG', 'unsupported'],
    ['EISDIR', 'unsupported'],
    ['ENXIO', 'unsupported'],
    ['EAGAIN', 'unsupported'],
    ['ENOTCONN', 'unsupported'],
    ['ESTALE', 'unsupported'],
  ])('%s is %s, and names path and errno', (errno, why) => {
    expect(failedReading(failure(errno), '/proc/7/stat')).toEqual({
      ok: false,
      why,
      path: '/proc/7/stat',
      errno,
    });
  });

  it('gives an errno that libuv calls otherwise by the kernel’s name', () => {
    expect(failedReading(failure('ENOTSUP'), '/sys/fs/cgroup/a/cgroup.procs')).toMatchObject({
      why: 'unsupported',
      errno: 'EOPNOTSUPP',
    });
  });

  it.each([
    ['no descriptors left: an empty answer would look like an empty host', failure('EMFILE')],
    ['none left on the whole host', failure('ENFILE')],
    ['no memory', failure('ENOMEM')],
    ['a wrong call of ours', failure('ERR_INVALID_ARG_VALUE')],
    ['a format we do not know', new KernelParseError('stat', 'x')],
    ['a plain bug', new TypeError('x is undefined')],
    ['a code that is a number', Object.assign(new Error('x'), { code: 7 })],
    ['what is no error', 'ENOENT'],
  ])('throws on: %s', (_name, error) => {
    expect(() => failedReading(error, '/x')).toThrow(error instanceof Error ? error : undefined);
  });
});

it('errnoOf is the code of an error, and of nothing else', () => {
  expect(errnoOf(failure('EPERM'))).toBe('EPERM');
  expect(errnoOf(new Error('x'))).toBeUndefined();
  expect(errnoOf({ code: 'EPERM' })).toBeUndefined();
});
