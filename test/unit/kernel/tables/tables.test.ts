import { constants } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import {
  CAPABILITIES,
  DOCKER_DEFAULT_CAPABILITIES,
  decodeCapabilities,
  encodeCapabilities,
} from '../../../../src/kernel/tables/capabilities.ts';
import { errnoMessage, errnoName, errnoNumber } from '../../../../src/kernel/tables/errno.ts';
import {
  CLONE_FLAGS,
  INITIAL_INODES,
  isNamespaceType,
  NAMESPACE_TYPES,
} from '../../../../src/kernel/tables/namespaces.ts';
import { SIGNALS, signalName, signalNumber } from '../../../../src/kernel/tables/signals.ts';

describe('capabilities', () => {
  // include/uapi/linux/capability.h
  test.each([
    ['CAP_CHOWN', 0],
    ['CAP_SETPCAP', 8],
    ['CAP_NET_BIND_SERVICE', 10],
    ['CAP_NET_ADMIN', 12],
    ['CAP_NET_RAW', 13],
    ['CAP_SYS_CHROOT', 18],
    ['CAP_SYS_PTRACE', 19],
    ['CAP_SYS_ADMIN', 21],
    ['CAP_MKNOD', 27],
    ['CAP_SETFCAP', 31],
    ['CAP_MAC_OVERRIDE', 32],
    ['CAP_SYSLOG', 34],
    ['CAP_AUDIT_READ', 37],
    ['CAP_PERFMON', 38],
    ['CAP_BPF', 39],
    ['CAP_CHECKPOINT_RESTORE', 40],
  ])('%s is bit %i', (name, bit) => {
    expect(CAPABILITIES[bit]).toBe(name);
  });

  test('41 of them, cap_last_cap being 40 on Linux 6.18', () => {
    expect(new Set(CAPABILITIES).size).toBe(41);
    expect(encodeCapabilities(CAPABILITIES)).toBe(0x1ffffffffffn);
  });

  // What CapBnd of a container started by docker says.
  test('the default of docker is a80425fb', () => {
    expect(encodeCapabilities(DOCKER_DEFAULT_CAPABILITIES)).toBe(0xa80425fbn);
    expect(decodeCapabilities(0xa80425fbn)).toEqual(DOCKER_DEFAULT_CAPABILITIES);
  });

  test('"CapEff may have more bits than we know"', () => {
    expect(decodeCapabilities((1n << 41n) | (1n << 63n) | 1n)).toEqual(['CAP_CHOWN', 'CAP_41', 'CAP_63']);
  });

  test('any mask survives the way there and back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (mask) => {
        expect(encodeCapabilities(decodeCapabilities(mask))).toBe(mask);
      }),
    );
  });

  test('names in any case, with or without CAP_', () => {
    expect(encodeCapabilities(['net_raw', 'CAP_CHOWN', 'cap_chown'])).toBe(0x2001n);
  });

  test.each(['CAP_NOTHING', '', 'CAP_64', 'CAP_', 'ALL'])('"%s" is refused', (name) => {
    expect(() => encodeCapabilities([name])).toThrow(KernelParseError);
  });
});

describe('namespaces', () => {
  test('eight types, each with its own clone(2) bit', () => {
    expect(NAMESPACE_TYPES).toHaveLength(8);
    const flags = NAMESPACE_TYPES.map((type) => CLONE_FLAGS[type]);
    expect(flags.reduce((sum, flag) => sum + flag, 0)).toBe(0x7e02_0080);
    expect(flags.every((flag) => Number.isInteger(Math.log2(flag)))).toBe(true);
    expect(new Set(flags).size).toBe(8);
  });

  // include/uapi/linux/sched.h
  test.each([
    ['mnt', 0x20000],
    ['cgroup', 0x2000000],
    ['uts', 0x4000000],
    ['ipc', 0x8000000],
    ['user', 0x10000000],
    ['pid', 0x20000000],
    ['net', 0x40000000],
    ['time', 0x80],
  ] as const)('%s is %i', (type, flag) => {
    expect(CLONE_FLAGS[type]).toBe(flag);
  });

  // readlink /proc/self/ns/* in the initial namespaces of Linux 6.18.
  test('"the fixed initial inodes (ipc …839, uts …838, user …837, pid …836, cgroup …835, time …834; … net …833, mnt …832)"', () => {
    expect(INITIAL_INODES).toEqual({
      cgroup: 4026531835,
      ipc: 4026531839,
      mnt: 4026531832,
      net: 4026531833,
      pid: 4026531836,
      time: 4026531834,
      user: 4026531837,
      uts: 4026531838,
    });
  });

  test('isNamespaceType', () => {
    expect(NAMESPACE_TYPES.every(isNamespaceType)).toBe(true);
    expect(['', 'MNT', 'pid_for_children', 'constructor'].some(isNamespaceType)).toBe(false);
  });
});

describe('signals', () => {
  test('agree with the C library Node was built with', () => {
    const names = Object.entries(constants.signals);
    expect(names.length).toBeGreaterThan(30);
    for (const [name, number] of names) expect([name, signalNumber(name)]).toEqual([name, number]);
  });

  // kill -l of bash
  test.each([
    [1, 'SIGHUP'],
    [6, 'SIGABRT'],
    [17, 'SIGCHLD'],
    [29, 'SIGIO'],
    [31, 'SIGSYS'],
    [34, 'SIGRTMIN'],
    [37, 'SIGRTMIN+3'],
    [49, 'SIGRTMIN+15'],
    [50, 'SIGRTMAX-14'],
    [64, 'SIGRTMAX'],
  ])('%i is called %s', (number, name) => {
    expect(signalName(number)).toBe(name);
    expect(signalNumber(name)).toBe(number);
  });

  test.each([
    ['TERM', 15],
    ['SIGTERM', 15],
    ['term', 15],
    ['sigterm', 15],
    ['15', 15],
    ['SIGRTMAX-30', 34],
    ['rtmin+30', 64],
    ['64', 64],
    ['33', 33],
  ])('%s is %i', (text, number) => {
    expect(signalNumber(text)).toBe(number);
  });

  test.each(['', '0', '65', '-15', '15.0', 'SIG', 'TERMINATE', 'SIGRTMIN+31', 'constructor', ' TERM'])(
    '"%s" is no signal',
    (text) => {
      expect(signalNumber(text)).toBeUndefined();
    },
  );

  test('every number from 1 to 64 has a name, and the name leads back', () => {
    expect(SIGNALS.size).toBeGreaterThan(64);
    for (let number = 1; number <= 64; number++) {
      if (number !== 32 && number !== 33) expect(signalNumber(signalName(number))).toBe(number);
    }
    expect(signalName(33)).toBe('SIG33');
  });
});

describe('errno', () => {
  test('agrees with the C library Node was built with', () => {
    const names = Object.entries(constants.errno).filter(
      ([name]) => name !== 'EWOULDBLOCK' && name !== 'ENOTSUP',
    );
    expect(names.length).toBeGreaterThan(70);
    for (const [name, number] of names) {
      expect([number, errnoName(number)]).toEqual([number, name]);
      expect([name, errnoNumber(name)]).toEqual([name, number]);
    }
  });

  test.each([
    ['EACCES', 'permission denied'],
    ['EPERM', 'operation not permitted'],
    ['ESRCH', 'no such process'],
    ['EOPNOTSUPP', 'operation not supported'],
    ['ENOTSUP', 'operation not supported'],
    ['EWOULDBLOCK', 'resource temporarily unavailable'],
    ['EIO', 'input/output error'],
    ['EMADEUP', 'EMADEUP'],
  ])('%s: %s', (name, message) => {
    expect(errnoMessage(name)).toBe(message);
  });

  test('negative numbers, as system calls return them, and unknown ones', () => {
    expect(errnoName(-13)).toBe('EACCES');
    expect(errnoName(4095)).toBe('E4095');
    expect(errnoName(0)).toBe('E0');
  });

  test('the first, the last, and second names', () => {
    expect(['EPERM', 'EHWPOISON', 'EWOULDBLOCK', 'ENOTSUP'].map(errnoNumber)).toEqual([1, 133, 11, 95]);
    expect(errnoMessage('EHWPOISON')).toBe('memory page has hardware error');
  });

  test.each(['', 'E', 'no', 'PERM', 'denied'])('%j is no name', (name) => {
    expect(() => errnoNumber(name)).toThrow(`no errno is called ${name}`);
    expect(errnoMessage(name)).toBe(name);
  });
});
