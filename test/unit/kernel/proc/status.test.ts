import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parseNsPid, parsePidStatus } from '../../../../src/kernel/proc/status.ts';
import { fixture, latin1Fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const SLEEP = fixture('proc/linux-6.18/status-sleep');
const CONTAINER = fixture('proc/other-kernels/status-5.10-container');

describe('parsePidStatus', () => {
  test('reads a process in a container (5.10)', () => {
    expect(parsePidStatus(CONTAINER)).toEqual({
      name: 'nginx',
      umask: '0022',
      state: 'S',
      tgid: 4242,
      pid: 4242,
      ppid: 4201,
      tracerPid: 0,
      uid: { real: 101, effective: 101, saved: 101, fs: 101 },
      gid: { real: 101, effective: 101, saved: 101, fs: 101 },
      groups: [1, 2, 3, 101, 4294967294],
      nsTgid: [4242, 7],
      nsPid: [4242, 7],
      threads: 1,
      capabilities: {
        inheritable: 0xa80425fbn,
        permitted: 0n,
        effective: 0n,
        bounding: 0xa80425fbn,
        ambient: 0n,
      },
      noNewPrivs: true,
      seccomp: 'filter',
      seccompFilters: 1,
      vmRssBytes: 2748 * 1024,
      rssAnonBytes: 1100 * 1024,
      rssFileBytes: 0,
      rssShmemBytes: 1648 * 1024,
      vmSwapBytes: 12 * 1024,
      cpusAllowedList: '0-1',
      memsAllowedList: '0',
    });
  });

  test('takes the four ids in the order real, effective, saved, fs', () => {
    const status = parsePidStatus(SLEEP.replace(/^Uid:.*/m, 'Uid:\t1\t2\t3\t4294967295'));
    expect(status.uid).toEqual({ real: 1, effective: 2, saved: 3, fs: 4294967295 });
  });

  test('a kernel of 3.10 has no NSpid, CapAmb, NoNewPrivs or Umask line: own pid, empty set, unknown', () => {
    const status = parsePidStatus(fixture('proc/other-kernels/status-3.10'));
    expect(status).toMatchObject({ nsPid: [1], nsTgid: [1], seccomp: 'disabled', vmRssBytes: 4136 * 1024 });
    expect(status.capabilities).toMatchObject({ effective: 0x1fffffffffn, ambient: 0n });
    for (const field of ['umask', 'noNewPrivs', 'seccompFilters', 'rssAnonBytes']) {
      expect(status).not.toHaveProperty(field);
    }
  });

  test.each([
    ['while `status` escapes it', 'status-name-forged', 'a) S 1\n(b'],
    ['names can be empty', 'status-name-empty', ''],
    ['not UTF-8, read as latin1', 'status-name-not-utf8', 'caf\xe9 \xff\\'],
  ])('"%s" (Linux 6.18)', (_, file, name) => {
    expect(parsePidStatus(latin1Fixture(`proc/linux-6.18/${file}`))).toMatchObject({ name, state: 'S' });
  });

  test('a name that spells an escape is not unescaped twice, and its blanks are kept', () => {
    expect(parsePidStatus(SLEEP.replace(/^Name:.*/m, 'Name:\t a\\\\n\\nb\t')).name).toBe(' a\\n\nb\t');
  });

  test('"key up to the first colon"', () => {
    expect(parsePidStatus(SLEEP.replace(/^Name:.*/m, 'Name:\tPid:\t7:8')).name).toBe('Pid:\t7:8');
  });

  test('"ignore lines without one"', () => {
    expect(parsePidStatus(`no colon here\n${SLEEP}`)).toEqual(parsePidStatus(SLEEP));
  });

  test('"Groups may be empty"', () => {
    expect(SLEEP).toContain('Groups:\t \n');
    expect(parsePidStatus(SLEEP).groups).toEqual([]);
  });

  test('"CapEff may have more bits than we know"', () => {
    const status = parsePidStatus(SLEEP.replace(/^CapEff:.*/m, 'CapEff:\tffffffffffffffff'));
    expect(status.capabilities.effective).toBe(0xffffffffffffffffn);
  });

  test('"NSpid shows fewer numbers when /proc belongs to an inner pid namespace" (one process, read twice)', () => {
    const outer = parsePidStatus(fixture('proc/linux-6.18/status-nested-from-host'));
    const inner = parsePidStatus(fixture('proc/linux-6.18/status-nested-from-inside'));
    expect(outer.nsPid).toHaveLength(3);
    expect(inner.nsPid).toEqual(outer.nsPid.slice(1));
    expect([outer.pid, inner.pid]).toEqual([outer.nsPid[0], inner.nsPid[0]]);
  });

  test('"A zombie still answers status": without memory, masks and ids as before', () => {
    const status = parsePidStatus(fixture('proc/linux-6.18/status-zombie'));
    expect(status).toMatchObject({ state: 'Z', threads: 1 });
    expect(status.capabilities.effective).toBeGreaterThan(0n);
    expect(status).not.toHaveProperty('vmRssBytes');
    expect(status).not.toHaveProperty('umask');
  });

  test('"/proc/PID/status of a frozen process still says S"', () => {
    expect(parsePidStatus(fixture('proc/linux-6.18/status-frozen')).state).toBe('S');
  });

  test('a kernel thread has no memory lines, which is not 0 bytes', () => {
    const status = parsePidStatus(fixture('proc/linux-6.18/status-kthreadd'));
    expect(status).toMatchObject({ name: 'kthreadd', pid: 2, ppid: 0 });
    expect(status).not.toHaveProperty('vmRssBytes');
  });

  test.each([
    [0, 'disabled'],
    [1, 'strict'],
    [2, 'filter'],
    [3, undefined],
  ])('Seccomp %i is %s', (mode, seccomp) => {
    expect(parsePidStatus(SLEEP.replace(/^Seccomp:.*/m, `Seccomp:\t${mode}`)).seccomp).toBe(seccomp);
  });

  test.each(['status-cut', 'status-memory-in-words', 'status-two-uids'])('%s is refused', (file) => {
    expect(() => parsePidStatus(fixture(`broken/${file}`))).toThrow(KernelParseError);
  });

  test.each([
    ['Seccomp', '9'],
    ['CapEff', '0x1'],
    ['Pid', ''],
    ['Threads', 'two'],
    ['Groups', '1 x'],
  ])('a %s of "%s" is refused', (key, value) => {
    const text = SLEEP.replace(new RegExp(`^${key}:.*`, 'm'), `${key}:\t${value}`);
    expect(() => parsePidStatus(text)).toThrow(KernelParseError);
  });

  survives(parsePidStatus, SLEEP, CONTAINER);
});

describe('parseNsPid', () => {
  test.each([
    ['5.10, in a container', CONTAINER],
    ['6.18, two namespaces deep', fixture('proc/linux-6.18/status-nested-from-host')],
    ['3.10, without the line', fixture('proc/other-kernels/status-3.10')],
    ['a name that looks like the line', fixture('proc/linux-6.18/status-name-forged')],
  ])('agrees with the full parser: %s', (_, text) => {
    expect(parseNsPid(text)).toEqual(parsePidStatus(text).nsPid);
  });

  test('a name cannot fake the line: its newline is escaped', () => {
    expect(parseNsPid('Name:\tx\\nNSpid:\t1\nPid:\t7\nNSpid:\t7\t3\n')).toEqual([7, 3]);
  });

  test('no line is no answer', () => {
    expect(() => parseNsPid('Name:\tx\nState:\tS\n')).toThrow(KernelParseError);
  });

  survives(parseNsPid, SLEEP, CONTAINER);
});
