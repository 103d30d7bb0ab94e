import { describe, expect, it } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { type FileKind, isSameSetting, payloadOf, settingOf } from '../../../../src/model/limits/settings.ts';

describe('what a file says, and what makes it say so', () => {
  it.each<[FileKind, string, string, string, string?]>([
    ['limit', 'max\n', 'max', 'max'],
    ['bytes', '67108864\n', '67108864', '67108864'],
    ['count', '100\n', '100', '100'],
    ['bytes-v1', '9223372036854771712\n', 'max', '-1'],
    ['bytes-v1', '67108864\n', '67108864', '67108864'],
    ['quota-v1', '-1\n', 'max', '-1'],
    ['quota-v1', '50000\n', '50000', '50000'],
    ['cpu.max', 'max 100000\n', 'max 100000', 'max 100000'],
    ['list', '\n', '', '\n'],
    ['list', '0-3,7\n', '0-3,7', '0-3,7'],
    ['default-weight', 'default 100\n8:0 200\n', '100', 'default 100'],
    [
      'io.max',
      '',
      'rbps=max wbps=max riops=max wiops=max',
      '8:0 rbps=max wbps=max riops=max wiops=max',
      '8:0',
    ],
    ['throttle-v1', '', 'max', '8:0 0', '8:0'],
    ['throttle-v1', '8:0 1048576\n8:16 7\n', '7', '8:16 7', '8:16'],
  ])('%s %j', (kind, text, setting, payload, device) => {
    expect(settingOf(kind, text, 'file', device)).toBe(setting);
    expect(payloadOf(kind, setting, device)).toBe(payload);
  });

  it.each<[FileKind, string]>([
    ['limit', 'plenty\n'],
    ['bytes-v1', ''],
    ['quota-v1', 'x\n'],
    ['default-weight', '8:0 200\n'],
    ['list', 'all\n'],
    ['io.max', 'sda rbps=1\n'],
    ['throttle-v1', 'sda 1\n'],
  ])('%s %j is not what the kernel writes', (kind, text) => {
    expect(() => settingOf(kind, text, 'file', '8:0')).toThrow(KernelParseError);
  });
});

describe('is it what was asked for', () => {
  it.each<[FileKind, string, string, boolean]>([
    ['bytes', '100000000', '99999744', true],
    ['bytes-v1', '100000000', '99942400', true],
    ['bytes', '100000000', '100000001', false],
    ['bytes', '100000000', '99000000', false],
    ['bytes', 'max', '99000000', false],
    // Processes are not rounded.
    ['limit', '60', '59', false],
    ['count', '100', '99', false],
    ['cpu.max', '1 2', '1 2', true],
  ])('%s %s, and there is %s: %s', (kind, wanted, found, expected) => {
    expect(isSameSetting(kind, wanted, found)).toBe(expected);
  });
});
