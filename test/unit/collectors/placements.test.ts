import { describe, expect, it } from 'vitest';
import { Placements } from '../../../collectors/placements.ts';

const textOf = (name: string) => `2:cpu:/${name}\n1:name=systemd:/${name}\n0::/${name}\n`;

/** The text of a process's file, padded as a batch of them holds it. */
function placed(placements: Placements, text: string) {
  const bytes = Buffer.alloc((text.length + 3) & ~3);
  bytes.write(text, 'latin1');
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / Int32Array.BYTES_PER_ELEMENT);
  const found = placements.of(bytes, words, 0, text.length, () => '/proc/7/cgroup');
  if (!found.ok) throw new Error(found.why);
  return found.value;
}

describe('placements of processes', () => {
  it('those with the same text share one', () => {
    const placements = new Placements([]);
    const one = placed(placements, textOf('one'));
    placed(placements, textOf('two'));
    expect(placed(placements, textOf('one'))).toBe(one);
    expect(one.text).toBe(textOf('one'));
  });

  it('of thousands that came and went few are kept, and whoever stays keeps its own', () => {
    const placements = new Placements([]);
    const staying = ['a', 'b', 'c'].map(textOf);
    const first = staying.map((text) => placed(placements, text));
    const inUse = () => new Set(staying);
    let most = 0;
    for (let n = 0; n < 5000; n += 1) {
      placed(placements, textOf(`passing-${n}`));
      placements.forget(inUse);
      most = Math.max(most, placements.size);
    }
    expect(most).toBeLessThan(staying.length + 20);
    expect(staying.map((text) => placed(placements, text))).toEqual(first);
    staying.forEach((text, i) => void expect(placed(placements, text)).toBe(first[i]));
  });

  it('asks who is in use only when some have come', () => {
    const placements = new Placements([]);
    const texts = new Set(Array.from({ length: 200 }, (_, n) => textOf(`busy-${n}`)));
    for (const text of texts) placed(placements, text);
    let asked = 0;
    const inUse = () => {
      asked += 1;
      return texts;
    };
    for (let round = 0; round < 100; round += 1) placements.forget(inUse);
    expect(asked).toBe(1);
    expect(placements.size).toBe(200);
  });

  it('the last one seen is forgotten with the others: no two stand for one text', () => {
    const placements = new Placements([]);
    for (let n = 0; n < 20; n += 1) placed(placements, textOf(`gone-${n}`));
    placements.forget(() => new Set());
    const again = placed(placements, textOf('gone-19'));
    placed(placements, textOf('other'));
    expect(placed(placements, textOf('gone-19'))).toBe(again);
  });
});
