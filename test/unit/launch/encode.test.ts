import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode } from '../../../src/launch/encode.ts';
import { CLONE } from '../../../src/launch/flags.ts';
import { type Program, program } from '../../../src/launch/program.ts';
import { cloneArguments, u32, u64 } from '../../../src/launch/structs.ts';
import { sys } from '../../../src/launch/syscalls.ts';
import { Decoded } from './decode.ts';

const ADDRESS = 0x1000_0500;

function decoded(p: Program): Decoded {
  const { bytes, memoryBytes } = encode(p, ADDRESS);
  return new Decoded(bytes, memoryBytes, ADDRESS);
}

describe('a step', () => {
  it.each([
    ['x64', 308],
    ['arm64', 268],
  ])('has the number of %s, its arguments and the errnos it may fail with', (processor, number) => {
    const p = program('attach', processor);
    p.step('setns(user)', sys.setns, 5, CLONE.CLONE_NEWUSER).ignore(['EINVAL', 'EPERM']).ignore('ENOSYS');
    const { steps, statusFd } = decoded(p);
    expect(statusFd).toBe(3);
    expect(steps).toEqual([
      {
        ...{ operation: 0, flags: 0, indirect: 0, target: 1, ignored: [22, 1, 38], number, store: 0n },
        arguments: [5n, BigInt(CLONE.CLONE_NEWUSER), 0n, 0n, 0n, 0n],
      },
    ]);
  });

  it('has negative numbers as registers hold them', () => {
    const p = program('x', 'x64');
    p.step('keep', sys.setresuid, -1, 0, 4_294_967_294n);
    expect(decoded(p).steps[0]?.arguments.slice(0, 3)).toEqual([0xffff_ffff_ffff_ffffn, 0n, 4_294_967_294n]);
  });

  it('leaves its result where a later one finds it', () => {
    const p = program('x', 'x64');
    const fd = p.step('open', sys.openat, -100, p.string('/'), 0, 0).result('fd');
    p.step('chdir', sys.fchdir, fd);
    const both = decoded(p);
    const [open, chdir] = both.steps;
    expect(open?.store).not.toBe(0n);
    expect(chdir).toMatchObject({ indirect: 1, arguments: [open?.store, 0n, 0n, 0n, 0n, 0n] });
    expect(both.isInFile(open?.store ?? 0n)).toBe(false);
    expect(both.u64(open?.store ?? 0n)).toBe(0n);
  });

  it('can leave four bytes in a structure', () => {
    const p = program('x', 'x64');
    const polled = p.bytes(Buffer.concat([u32(0xffff_ffff), u32(1)]), '[{fd=<fd>}]');
    p.step('open', sys.pidfd_open, 1, 0).storeIn(polled, 4);
    p.step('poll', sys.ppoll, polled, 1, 0, 0, 0).retryOnEintr();
    const { steps } = decoded(p);
    expect(steps.map(({ flags }) => flags)).toEqual([2, 1]);
    expect(steps[0]?.store).toBe(steps[1]?.arguments[0]);
  });
});

describe('what steps point at', () => {
  it('is strings, lists of strings, and structures, each at a multiple of eight', () => {
    const p = program('x', 'x64');
    const argv = ['sh', '-c', '', 'ä\u{1f600}'];
    p.exec('exec', p.string('/bin/sh'), p.strings(argv), p.strings([]));
    const both = decoded(p);
    const [path = 0n, list = 0n, environment = 0n] = both.steps[1]?.arguments ?? [];
    expect(both.string(path).toString()).toBe('/bin/sh');
    expect(both.strings(list).map(String)).toEqual(argv);
    expect(both.strings(environment)).toEqual([]);
    for (const address of [path, list, environment]) expect((address - BigInt(ADDRESS)) % 8n).toBe(0n);
  });

  it('is there once, however often it is used', () => {
    const p = program('x', 'x64');
    const once = p.string('/one');
    for (let i = 0; i < 3; i++) p.step('chdir', sys.chdir, once);
    expect(new Set(decoded(p).steps.map((each) => each.arguments[0])).size).toBe(1);
  });

  it('takes no room in the file where it is only room', () => {
    const p = program('x', 'x64');
    p.step('getcwd', sys.getcwd, p.scratch(1_000_000), 1_000_000);
    const { bytes, memoryBytes } = encode(p, ADDRESS);
    expect(bytes.length).toBe(8 + 72);
    expect(memoryBytes).toBe(8 + 72 + 1_000_000);
  });

  it('refuses a string that the kernel would cut', () => {
    expect(() => program('x', 'x64').string('a\0b')).toThrow('zero byte: "a\\0b"');
  });

  it('any strings and any bytes come back as they went in', () => {
    const text = fc.string({ unit: 'binary' }).filter((each) => !each.includes('\0'));
    fc.assert(
      fc.property(
        fc.array(text),
        fc.uint8Array(),
        fc.constantFrom('x64', 'arm64'),
        (texts, raw, processor) => {
          const p = program('x', processor);
          p.step('write', sys.write, 1, p.bytes(raw, 'raw'), raw.length);
          p.exec('exec', p.string('/x'), p.strings(texts), p.strings(texts.toReversed()));
          const both = decoded(p);
          const [write, , exec] = both.steps;
          expect([...both.at(write?.arguments[1] ?? 0n, raw.length)]).toEqual([...raw]);
          const wanted = texts.map((each) => Buffer.from(each).toString('hex'));
          const found = [1, 2].map((i) =>
            both.strings(exec?.arguments[i] ?? 0n).map((each) => each.toString('hex')),
          );
          expect(found).toEqual([wanted, wanted.toReversed()]);
        },
      ),
    );
  });
});

describe('what is no system call', () => {
  it('is jumps, arithmetic, reports, failures and waiting', () => {
    const p = program('x', 'x64');
    const end = p.label();
    const n = p.slot('n');
    p.add('count', n, 1, n);
    p.jumpIf('enough', n, { equals: 3 }, end);
    p.jumpIf('odd', n, { mask: 1, equals: 1, unless: true }, end);
    p.report('n', n);
    p.fail('no', 'EPIPE');
    p.mark(end);
    p.passOn('wait', n, 'own');
    const { steps } = decoded(p);
    const at = steps[0]?.store ?? 0n;
    expect(
      steps.map(({ operation, flags, indirect, target, arguments: a }) => [
        ...[operation, flags, indirect, target],
        a.slice(0, 3),
      ]),
    ).toEqual([
      [2, 0, 1, 1, [at, 1n, 0n]],
      [1, 0, 1, 5, [at, 0xffff_ffff_ffff_ffffn, 3n]],
      [1, 4, 1, 5, [at, 1n, 1n]],
      [3, 0, 1, 4, [at, 0n, 0n]],
      [4, 0, 0, 5, [32n, 0n, 0n]],
      [5, 0, 1, 6, [at, 1n, 0n]],
    ]);
  });

  it('jumps back, and on a failure that is ignored', () => {
    const p = program('x', 'x64');
    const again = p.label();
    const other = p.label();
    p.mark(again);
    p.step('chdir', sys.chdir, p.string('/')).ignore('ENOENT', other);
    p.jumpIf('again', 0, { equals: 0 }, again);
    p.mark(other);
    p.step('end', sys.exit_group, 0);
    expect(decoded(p).steps.map(({ target }) => target)).toEqual([2, 0, 3]);
  });

  it('a fork is: block signals, clone, the parent, the child', () => {
    const p = program('x', 'x64');
    p.fork3('fork', cloneArguments('x64', { flags: 0, exitSignal: 17, cgroupFd: 9 }), (child) =>
      p.passOn('wait', child),
    );
    p.step('end', sys.exit_group, 0);
    const both = decoded(p);
    expect(both.steps.map(({ operation, number }) => [operation, number])).toEqual([
      [0, 14],
      [0, 435],
      [1, 0],
      [5, 0],
      [0, 231],
    ]);
    expect(both.steps[2]?.target).toBe(4);
    const args = both.at(both.steps[1]?.arguments[0] ?? 0n, 88);
    expect([args.readBigUInt64LE(0), args.readBigUInt64LE(32), args.readBigUInt64LE(80)]).toEqual([
      0x2_0000_0000n,
      17n,
      9n,
    ]);
  });
});

it.each<[string, (p: Program) => void, string]>([
  ['a label nobody marked', (p) => p.jumpIf('away', 0, { equals: 0 }, p.label()), 'away: jumps to a label'],
  [
    'too many errnos',
    (p) =>
      void p.step('x', sys.setsid).ignore(['EPERM', 'EIO', 'EAGAIN', 'EBUSY', 'ENOSYS', 'EINVAL', 'EROFS']),
    'x: too many errnos',
  ],
  [
    'an errno that is none',
    (p) => void p.step('x', sys.setsid).ignore('ENOTHING'),
    'no errno is called ENOTHING',
  ],
  [
    'a label marked twice',
    (p) => {
      const label = p.label();
      p.mark(label);
      p.mark(label);
    },
    'marked twice',
  ],
])('refuses %s', (_name, make, message) => {
  expect(() => {
    const p = program('x', 'x64');
    make(p);
    encode(p, ADDRESS);
  }).toThrow(message);
});

it('is not for other processors', () => {
  expect(() => program('attach', 'riscv64')).toThrow('no launcher for riscv64');
});

it('holds 64 bits', () => expect([...u64(-2)]).toEqual([0xfe, ...Array(7).fill(0xff)]));
