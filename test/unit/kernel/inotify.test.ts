/** Events as the kernel writes them, put together here by inotify(7), and what is not one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelParseError } from '../../../src/kernel/errors.ts';
import { decodeInotify, IN } from '../../../src/kernel/inotify.ts';

const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function event(watch: number, mask: number, name: string, filled: number): Buffer {
  const bytes = Buffer.alloc(16 + filled);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setInt32(0, watch, little);
  view.setUint32(4, mask, little);
  view.setUint32(12, filled, little);
  bytes.write(name, 16);
  return bytes;
}

describe('what inotify tells', () => {
  it.each([
    ['nothing', Buffer.alloc(0), []],
    ['a write', event(3, IN.modify, 'cpu.max', 16), [{ watch: 3, mask: IN.modify, name: 'cpu.max' }]],
    ['of the directory itself', event(3, IN.ignored, '', 0), [{ watch: 3, mask: IN.ignored, name: '' }]],
    ['an overflow', event(-1, IN.overflow, '', 0), [{ watch: -1, mask: IN.overflow, name: '' }]],
    ['a name without a zero byte', event(1, 2, 'abcd', 4), [{ watch: 1, mask: 2, name: 'abcd' }]],
    ['a name that is not ASCII', event(1, 2, 'größe', 16), [{ watch: 1, mask: 2, name: 'größe' }]],
    [
      'several',
      Buffer.concat([
        event(1, IN.modify, 'a', 16),
        event(2, IN.delete, 'b', 16),
        event(1, IN.ignored, '', 0),
      ]),
      [
        { watch: 1, mask: IN.modify, name: 'a' },
        { watch: 2, mask: IN.delete, name: 'b' },
        { watch: 1, mask: IN.ignored, name: '' },
      ],
    ],
  ])('%s', (_, bytes, events) => {
    expect(decodeInotify(bytes)).toEqual(events);
  });

  it.each([
    ['a head cut short', event(1, 2, '', 0).subarray(0, 15)],
    ['a name cut short', event(1, 2, 'cpu.max', 16).subarray(0, 30)],
    ['a second one cut short', Buffer.concat([event(1, 2, 'a', 16), Buffer.alloc(3)])],
  ])('fails on %s', (_, bytes) => {
    expect(() => decodeInotify(bytes)).toThrow(KernelParseError);
  });

  it('random bytes: events or KernelParseError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const { name } of decodeInotify(bytes)) expect(name.length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(KernelParseError);
        }
      }),
    );
  });
});
