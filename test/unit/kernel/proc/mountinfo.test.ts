import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { decodeOctal, type MountEntry, parseMountinfo } from '../../../../src/kernel/proc/mountinfo.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const ODD = fixture('proc/linux-6.18/mountinfo-odd-names');
const SYSTEMD = fixture('proc/other-kernels/mountinfo-6.1-systemd');

function only(text: string): MountEntry {
  const [entry, ...more] = parseMountinfo(text);
  expect(more).toEqual([]);
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

function at(entries: MountEntry[], target: string): MountEntry {
  const entry = entries.find((candidate) => candidate.target === target);
  if (entry === undefined) throw new Error(`nothing at ${target}`);
  return entry;
}

describe('parseMountinfo', () => {
  test('reads the example of proc(5)', () => {
    const line = '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n';
    expect(only(line)).toEqual({
      id: 36,
      parentId: 35,
      device: '98:0',
      root: '/mnt1',
      target: '/mnt2',
      options: ['rw', 'noatime'],
      propagation: { master: 1 },
      type: 'ext3',
      source: '/dev/root',
      superOptions: 'rw,errors=continue',
    });
  });

  test.each([
    ['none', '', {}],
    ['one', ' shared:4', { shared: 4 }],
    ['two', ' shared:4 master:3', { shared: 4, master: 3 }],
    ['three', ' master:3 propagate_from:2', { master: 3, propagateFrom: 2 }],
    ['without a value', ' unbindable', { unbindable: true }],
    ['unknown ones, skipped', ' shared:4 newtag:9 flag', { shared: 4 }],
  ])('"zero or more optional" fields: %s', (_, fields, propagation) => {
    const entry = only(`43 28 8:17 / /mnt rw${fields} - xfs /dev/sdb1 rw\n`);
    expect(entry).toMatchObject({ propagation, type: 'xfs', source: '/dev/sdb1', superOptions: 'rw' });
  });

  test('"never by searching ` - ` (names hold hyphens)"', () => {
    const entry = at(parseMountinfo(SYSTEMD), '/mnt/x - y');
    expect(entry).toMatchObject({ root: '/var/lib/a-b', type: 'xfs', source: '/dev/mapper/vg-lv one' });
    expect(only('1 0 8:1 - - - - xfs - -\n')).toMatchObject({
      root: '-',
      target: '-',
      options: ['-'],
      source: '-',
    });
  });

  test('"Source can be empty (two blanks)" (Linux 6.18)', () => {
    expect(ODD).toContain('tmpfs  rw\n');
    expect(at(parseMountinfo(ODD), '/srv/odd/a b')).toMatchObject({
      type: 'tmpfs',
      source: '',
      superOptions: 'rw',
    });
  });

  test('"super options can hold raw blanks (cifs), so never count from the end"', () => {
    expect(at(parseMountinfo(SYSTEMD), '/mnt/share')).toMatchObject({
      type: 'cifs',
      source: '//server/some share',
      superOptions: 'rw,vers=3.1.1,username=jo doe - me,domain=A B,addr=192.0.2.1',
    });
  });

  test.each([
    ['\\040 is a blank', 'a b'],
    ['\\012 is a newline', 'n\nl'],
    ['\\134 is a backslash', 'b\\s'],
    ['# stays raw in a mount point', 'h#x'],
    ['a directory named `oct\\040x` is decoded once', 'oct\\040x'],
    ['bytes above 127 stay raw', 'ümlaut'],
  ])('"Decode … after splitting": %s (Linux 6.18)', (_, name) => {
    expect(parseMountinfo(ODD).map(({ target }) => target)).toContain(`/srv/odd/${name}`);
  });

  test('\\043 is a hash, in sources (Linux 6.18)', () => {
    expect(at(parseMountinfo(ODD), '/srv/odd/n\nl').source).toBe('x #y');
  });

  test('"`//deleted` can end root" (Linux 6.18)', () => {
    const entry = at(parseMountinfo(ODD), '/srv/odd/del');
    expect(entry).toMatchObject({ root: '/src', deletedRoot: true });
    expect(entry).not.toHaveProperty('deletedTarget');
  });

  test('"`//deleted` can end … mount point"', () => {
    const entry = only('5 1 0:5 / /mnt/gone//deleted rw - tmpfs t rw\n');
    expect(entry).toMatchObject({ target: '/mnt/gone', deletedTarget: true });
    expect(entry).not.toHaveProperty('deletedRoot');
  });

  test('"The root of an nsfs mount is `net:[4026532…]`" (Linux 6.18)', () => {
    const entry = at(parseMountinfo(ODD), '/srv/odd/ns/net');
    expect(entry).toMatchObject({ type: 'nsfs', source: 'nsfs' });
    expect(entry.root).toMatch(/^net:\[4026532\d+\]$/);
  });

  test('"a bind mount out of a cgroup namespace has root `/../..`" (Linux 6.18)', () => {
    expect(only(fixture('proc/linux-6.18/mountinfo-cgroup-namespace'))).toMatchObject({
      root: '/../..',
      target: '/sys/fs/cgroup/unified',
      type: 'cgroup2',
    });
  });

  test('types with a subtype, and super options kept as written', () => {
    expect(at(parseMountinfo(SYSTEMD), '/mnt/s3')).toMatchObject({
      type: 'fuse.sshfs',
      source: 'user@host:/a#b',
    });
    expect(at(parseMountinfo(ODD), '/srv/odd/mp').superOptions).toContain('l\\134\\0543');
  });

  test('"Files above 1 MiB exist (mountinfo)"', () => {
    const line =
      '\n200 28 0:51 / /var/lib/containers/storage/overlay/0123456789/merged rw - overlay overlay rw,x';
    const text = `${SYSTEMD}${line.slice(1)}${line.repeat(14_000)}\n`;
    expect(text.length).toBeGreaterThan(2 ** 20);
    expect(parseMountinfo(text)).toHaveLength(14_010);
  });

  test.each([
    ['no separator', fixture('broken/mountinfo-without-separator')],
    ['a cut line', fixture('broken/mountinfo-cut')],
    ['an empty line', `${SYSTEMD}\n`],
    ['an id in letters', 'x 1 8:1 / / rw - ext4 /dev/sda rw\n'],
    ['a device that is none', '2 1 sda / / rw - ext4 /dev/sda rw\n'],
    ['a peer group in letters', '2 1 8:1 / / rw shared:x - ext4 /dev/sda rw\n'],
  ])('%s is refused', (_, text) => {
    expect(() => parseMountinfo(text)).toThrow(KernelParseError);
  });

  survives(parseMountinfo, ODD, SYSTEMD);
});

describe('decodeOctal: "exactly three octal digits"', () => {
  test.each([
    ['\\040\\011\\012\\134\\043\\054', ' \t\n\\#,'],
    ['\\134040', '\\040'],
    ['\\04', '\\04'],
    ['\\0400', ' 0'],
    ['\\089', '\\089'],
    ['\\303', '\\303'],
    ['\\', '\\'],
    ['plain', 'plain'],
  ])('%s', (text, expected) => {
    expect(decodeOctal(text)).toBe(expected);
  });
});
