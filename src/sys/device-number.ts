/** Which device a path or a number means, as the kernel numbers devices. */
import { statSync } from 'node:fs';
import { failedReading } from './failure.ts';
import type { KernelFiles } from './kernel-files.ts';

export interface DeviceNumber {
  readonly type: 'block' | 'character';
  readonly major: number;
  readonly minor: number;
}

/** Why a word means no device, in words. */
export interface NoDevice {
  readonly problem: string;
}

/** Of stat(2), as glibc and the kernel lay it out (makedev(3)). */
export function deviceNumber(rdev: number): { major: number; minor: number } {
  const all = BigInt(rdev);
  return {
    major: Number(((all >> 8n) & 0xfffn) | ((all >> 32n) & 0xfffff000n)),
    minor: Number((all & 0xffn) | ((all >> 12n) & 0xffffff00n)),
  };
}

/** A path of the host's. */
export function deviceAt(path: string): DeviceNumber | NoDevice {
  try {
    const stat = statSync(path);
    const type = stat.isBlockDevice() ? 'block' : stat.isCharacterDevice() ? 'character' : undefined;
    if (type === undefined) return { problem: `${path} is no device` };
    return { type, ...deviceNumber(stat.rdev) };
  } catch (error) {
    return { problem: `${path}: ${failedReading(error, path).errno}` };
  }
}

/** `c 10:229` for /dev/fuse or `c:10:229`; a number may be `*`. */
export function deviceRule(word: string): string | NoDevice {
  if (!word.startsWith('/')) return word.replace(':', ' ');
  const device = deviceAt(word);
  if ('problem' in device) return device;
  return `${device.type === 'block' ? 'b' : 'c'} ${device.major}:${device.minor}`;
}

/** "major:minor" of a whole disk, by path or number. */
export function diskNumber(files: KernelFiles, word: string): string | NoDevice {
  const device = word.startsWith('/') ? deviceAt(word) : undefined;
  if (device !== undefined && 'problem' in device) return device;
  if (device?.type === 'character') return { problem: `${word} is no disk` };
  const number = device === undefined ? word : `${device.major}:${device.minor}`;
  if (!/^\d+:\d+$/.test(number)) return { problem: `${word} is neither a path nor major:minor` };
  const directory = files.sys(`/sys/dev/block/${number}`);
  if (!files.list(directory).ok) return { problem: `there is no disk ${number}` };
  const partition = files.small(`${directory}/partition`);
  if (partition.ok) return { problem: `${word} is a partition; limits go on the whole disk` };
  return number;
}
