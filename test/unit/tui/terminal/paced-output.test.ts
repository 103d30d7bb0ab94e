import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PacedOutput } from '../../../../tui/terminal/paced-output.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const QUESTION = '\x1b[5n';
/** Large enough for a question. */
const large = (text: string): string => text.repeat(1100);

/** A line to a terminal: the test says when the kernel took a piece, and when an answer came. */
function line() {
  const written: string[] = [];
  const taking: (() => void)[] = [];
  const seen = { free: 0 };
  const output = new PacedOutput(
    {
      write: (text, done) => {
        written.push(text);
        taking.push(done);
      },
    },
    () => Date.now(),
    () => {
      seen.free += 1;
    },
  );
  const taken = (): void => {
    for (const done of taking.splice(0)) done();
  };
  return { output, written, seen, taken };
}

/** Has answered once. */
function answering() {
  const all = line();
  all.output.send(large('first'));
  all.taken();
  vi.advanceTimersByTime(10);
  all.output.answer();
  return all;
}

describe('a terminal that answers', () => {
  it('is asked after every piece, and free when it answered', () => {
    const { output, written, seen, taken } = line();
    output.send(large('one'));
    expect([output.busy, written]).toEqual([true, [large('one') + QUESTION]]);
    taken();
    expect([output.busy, seen.free]).toEqual([true, 0]);
    output.answer();
    expect([output.busy, seen.free]).toEqual([false, 1]);
  });

  it('is free once when the answer is faster than the kernel’s word', () => {
    const { output, seen, taken } = line();
    output.send(large('one'));
    output.answer();
    expect([output.busy, seen.free]).toEqual([true, 0]);
    taken();
    expect([output.busy, seen.free]).toEqual([false, 1]);
  });

  it('is waited for over a stalled line, but not for ever', () => {
    const { output, seen, taken } = answering();
    output.send(large('two'));
    taken();
    vi.advanceTimersByTime(4_999);
    expect([output.busy, seen.free]).toEqual([true, 1]);
    vi.advanceTimersByTime(1);
    expect([output.busy, seen.free]).toEqual([false, 2]);
    output.send(large('three'));
    taken();
    output.answer();
    expect(output.busy).toBe(false);
  });

  it('that came back late is waited for until it has answered everything', () => {
    const { output, taken } = line();
    output.send(large('one'));
    taken();
    vi.advanceTimersByTime(150);
    output.send(large('two'));
    taken();
    expect(output.busy).toBe(false);
    output.answer();
    output.send(large('three'));
    taken();
    output.answer();
    expect(output.busy).toBe(true);
    output.answer();
    expect(output.busy).toBe(false);
  });

  it('is not asked after a little, unless that is how it starts, or adds up', () => {
    const { output, written, taken } = line();
    const asked = (): boolean => {
      taken();
      output.answer();
      return written.at(-1)?.endsWith(QUESTION) ?? false;
    };
    output.open('hello');
    expect(asked()).toBe(true);
    output.send('x'.repeat(600));
    expect([asked(), output.busy]).toEqual([false, false]);
    output.send('x'.repeat(600));
    expect(asked()).toBe(true);
    output.send('x'.repeat(600));
    expect(asked()).toBe(false);
  });

  it('may answer what nobody asked', () => {
    const { output, seen } = line();
    output.answer();
    expect([output.busy, seen.free]).toEqual([false, 0]);
  });
});

describe('a terminal that does not answer', () => {
  it('costs a moment once, and is asked three times', () => {
    const { output, written, seen, taken } = line();
    output.send(large('1'));
    taken();
    vi.advanceTimersByTime(149);
    expect(output.busy).toBe(true);
    vi.advanceTimersByTime(1);
    expect([output.busy, seen.free]).toEqual([false, 1]);
    for (const text of ['2', '3', '4', '5']) {
      output.send(large(text));
      expect(output.busy).toBe(true);
      taken();
      expect(output.busy).toBe(false);
    }
    expect(written.map((text) => text.endsWith(QUESTION))).toEqual([true, true, true, false, false]);
  });
});

describe('room', () => {
  it.each<readonly [string, number, number, (room: number) => boolean]>([
    ['nothing is known', 0, 0, (room) => room === 4096],
    ['10 kB/s', 4000, 400, (room) => room === 4096],
    ['1 MB/s', 4000, 4, (room) => room > 390_000 && room < 410_000],
    ['too fast to measure', 4000, 0, (room) => room > 1_000_000],
  ])('%s', (_name, bytes, tookMs, expected) => {
    const { output, taken } = line();
    if (bytes > 0) {
      output.send('x'.repeat(bytes));
      taken();
      vi.advanceTimersByTime(tookMs);
      output.answer();
    }
    expect(output.room).toSatisfy(expected);
  });

  it('shrinks when the line becomes slow, and one small piece does not shrink it', () => {
    const { output, taken } = line();
    const piece = (bytes: number, tookMs: number): number => {
      output.send('x'.repeat(bytes));
      taken();
      vi.advanceTimersByTime(tookMs);
      output.answer();
      return output.room;
    };
    const fast = piece(4096, 1);
    expect(piece(1100, 50)).toBeGreaterThan(fast * 0.8);
    for (let i = 0; i < 100; i += 1) piece(4096, 400);
    expect(output.room).toBeLessThan(4200);
  });
});

describe('leaving', () => {
  it('waits for the answer', async () => {
    const { output, taken } = answering();
    output.send(large('two'));
    taken();
    const seen: string[] = [];
    const quiet = output.quiet().then(() => seen.push('quiet'));
    await Promise.resolve();
    expect(seen).toEqual([]);
    output.answer();
    await quiet;
    expect(seen).toEqual(['quiet']);
  });

  it.each<readonly [string, (output: PacedOutput) => void]>([
    ['that was forgotten', (output) => output.stop()],
    ['that does not come', () => vi.advanceTimersByTime(5_000)],
  ])('not for one %s', async (_name, happens) => {
    const { output, taken } = answering();
    output.send(large('two'));
    taken();
    const quiet = output.quiet();
    happens(output);
    await expect(quiet).resolves.toBeUndefined();
  });

  it('leaves no timer behind', () => {
    const { output, taken } = answering();
    output.send(large('two'));
    taken();
    output.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
