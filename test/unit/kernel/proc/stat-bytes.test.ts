import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parsePidStat } from '../../../../src/kernel/proc/stat.ts';
import { parseStatBytes } from '../../../../src/kernel/proc/stat-bytes.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/proc/', import.meta.url));
const files = readdirSync(fixtures).flatMap((kernel) =>
  readdirSync(`${fixtures}${kernel}`)
    .filter((name) => /^stat(-|$)/.test(name))
    .map((name): [string, Buffer] => [`${kernel}/${name}`, readFileSync(`${fixtures}${kernel}/${name}`)]),
);

/** What the parser of the whole file says, as far as a scan wants it. */
function expected(bytes: Uint8Array) {
  const {
    pid,
    comm,
    state,
    ppid,
    utimeTicks,
    stimeTicks,
    threads,
    starttimeTicks,
    rssPages,
    isKernelThread,
    isExiting,
  } = parsePidStat(Buffer.from(bytes).toString('latin1'));
  return {
    pid,
    comm,
    state,
    ppid,
    utimeTicks,
    stimeTicks,
    threads,
    starttimeTicks,
    rssPages,
    isKernelThread,
    isExiting,
  };
}

describe('parseStatBytes', () => {
  it('has fixtures to agree on', () => expect(files.length).toBeGreaterThan(5));

  it.each(files)('%s: what the parser of the text says', (_name, bytes) => {
    expect(parseStatBytes(bytes, bytes.length)).toEqual(expected(bytes));
  });

  it('agrees on any name, and ignores what an earlier file left behind it in the buffer', () => {
    const rest =
      ' S 1 7 7 0 -1 4194560 100 0 0 0 12 34 0 0 20 0 3 0 98765 1000000 250 18446744073709551615 1 1\n';
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 16 }), fc.integer({ min: 1, max: 4194304 }), (name, pid) => {
        const record = Buffer.concat([Buffer.from(`${pid} (`), name, Buffer.from(`)${rest}`)]);
        const buffer = Buffer.concat([record, Buffer.from(') Z 9 9 9 (x) R 1 2 3')]);
        expect(parseStatBytes(buffer, record.length)).toEqual(expected(record));
      }),
    );
  });

  it('cut anywhere, or of random bytes: parses or says KernelParseError', () => {
    const bytes = files[0]?.[1] ?? Buffer.alloc(0);
    for (let end = 0; end < bytes.length; end++) parsesOrSaysSo(bytes, end);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (random) => parsesOrSaysSo(random, random.length)),
    );
  });
});

function parsesOrSaysSo(bytes: Uint8Array, length: number): void {
  try {
    expect(parseStatBytes(bytes, length).state).toMatch(/^[A-Za-z]$/);
  } catch (error) {
    expect(error).toBeInstanceOf(KernelParseError);
  }
}
