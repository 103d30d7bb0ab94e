import { expect, it } from 'vitest';
import { hasTerminals } from '../../../../src/actions/attach/mounts.ts';
import { parseMountinfo } from '../../../../src/kernel/proc/mountinfo.ts';

const line = (id: number, parent: number, target: string, type: string) =>
  `${id} ${parent} 0:${id} / ${target} rw - ${type} x rw`;
const ROOT = line(1, 0, '/', 'overlay');
const DEV = line(2, 1, '/dev', 'tmpfs');
const PTS = line(3, 2, '/dev/pts', 'devpts');

it.each<[string, readonly string[], boolean]>([
  ['as engines make them', [ROOT, DEV, PTS], true],
  [
    'a root that is FUSE, as that of rootless podman',
    [line(1, 0, '/', 'fuse.fuse-overlayfs'), DEV, PTS],
    true,
  ],
  ['a chroot, whose own mount is out of sight', [line(3, 9, '/dev/pts', 'devpts')], true],
  ['none', [ROOT, DEV], false],
  ['FUSE in their place', [ROOT, DEV, line(3, 2, '/dev/pts', 'fuse.dead')], false],
  ['FUSE over them', [ROOT, DEV, PTS, line(4, 3, '/dev/pts', 'fuse')], false],
  ['FUSE on the way to them', [ROOT, line(2, 1, '/dev', 'fuse.dead'), PTS], false],
  ['FUSE over the way to them', [ROOT, DEV, PTS, line(4, 2, '/dev', 'fuse.dead')], false],
])('%s', (_, mounts, expected) => {
  expect(hasTerminals(parseMountinfo(mounts.join('\n')))).toBe(expected);
});
