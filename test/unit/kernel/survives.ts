/**
 * What every parser must survive: its file cut at any byte, bytes of it overwritten, and noise. It may answer, or throw
 * KernelParseError; a TypeError, a hang or another error is a bug in the parser.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KernelParseError } from '../../../src/kernel/errors.ts';

type Outcome = 'parsed' | 'refused';

export function survives(parse: (text: string) => unknown, ...samples: [string, ...string[]]): void {
  const bytes = samples.map((sample) => Buffer.from(sample, 'latin1'));
  survivesBytes((raw) => parse(Buffer.from(raw).toString('latin1')), ...bytes);
}

export function survivesBytes(parse: (bytes: Uint8Array) => unknown, ...samples: Uint8Array[]): void {
  const outcome = (input: Uint8Array): Outcome => {
    try {
      parse(input);
      return 'parsed';
    } catch (error) {
      expect(error).toBeInstanceOf(KernelParseError);
      return 'refused';
    }
  };

  test('cut at every byte it parses or throws KernelParseError', () => {
    expect(samples.length).toBeGreaterThan(0);
    for (const sample of samples) {
      for (let length = 0; length < sample.length; length++) outcome(sample.subarray(0, length));
      expect(outcome(sample)).toBe('parsed');
    }
  });

  test('on random bytes, alone or over a real file, it parses or throws KernelParseError', () => {
    const noise = fc.uint8Array({ maxLength: 200 });
    fc.assert(fc.property(noise, (input) => void outcome(input)));
    const overwritten = fc.tuple(
      fc.constantFrom(...samples),
      fc.nat(),
      fc.uint8Array({ maxLength: 12 }),
      fc.nat(12),
    );
    fc.assert(
      fc.property(overwritten, ([sample, position, patch, removed]) => {
        const at = position % (sample.length + 1);
        outcome(Buffer.concat([sample.subarray(0, at), patch, sample.subarray(at + removed)]));
      }),
    );
  });
}
