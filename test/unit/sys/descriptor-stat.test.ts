import { closeSync, constants, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statOfDescriptor } from '../../../src/sys/descriptor-stat.ts';
import { closeDescriptor, isLibcOpen, pidfdOpen } from '../../../src/sys/koffi.ts';

const directory = mkdtempSync(join(tmpdir(), 'porthole-stat-test-'));
const file = join(directory, 'file');
beforeAll(() => {
  writeFileSync(file, 'x'.repeat(12_345), { mode: 0o640 });
  closeDescriptor(pidfdOpen(process.pid));
  expect(isLibcOpen()).toBe(true);
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('what fstat says of a descriptor', () => {
  it.each([
    ['a file', file, constants.O_RDONLY],
    ['a directory', directory, constants.O_RDONLY],
    ['a name alone', file, 0o10000000],
    ['a device', '/dev/null', constants.O_RDONLY],
    ['a file of the kernel', '/proc/self/mountinfo', constants.O_RDONLY],
    ['an executable of another size', process.execPath, constants.O_RDONLY],
  ])('is what Node says: %s', (_, path, flags) => {
    const fd = openSync(path, flags);
    try {
      const { ino: inode, mode, uid, size } = fstatSync(fd);
      expect(statOfDescriptor(fd)).toEqual({ inode, mode, uid, size });
    } finally {
      closeSync(fd);
    }
  });

  it('throws with the name of the errno', () => {
    expect(() => statOfDescriptor(-1)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});
