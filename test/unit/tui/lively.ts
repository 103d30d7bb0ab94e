/** Made-up containers that move, the same way in every run: for screens in the documentation. */
import { isUnknown } from '../../../src/kernel/reading.ts';
import type { Container } from '../../../src/model/host-model.ts';
import { numberOf } from './lists/numbers.ts';

export function lively(container: Container, tick: number): Container {
  const wave = (slowness: number) => Math.sin((tick + 7 * numberOf(container)) / slowness);
  const moved = (value: number, share: number, slowness: number) => value * (1 + share * wave(slowness));
  const { cpu, io, memory } = container;
  if (container.state === 'frozen') return { ...container, cpu: { ...cpu, ratio: 0 } };
  const used = memory.currentBytes;
  const filled = typeof used === 'number' ? Math.round(used * (1 - 0.3 * Math.max(0, 1 - tick / 100))) : used;
  return {
    ...container,
    cpu: { ...cpu, ...(cpu.ratio !== undefined && { ratio: moved(cpu.ratio, 0.4, 6) }) },
    memory: isUnknown(filled) ? memory : { ...memory, currentBytes: filled, workingSetBytes: filled },
    io: {
      ...io,
      ...(typeof io.readBytesPerSec === 'number' && { readBytesPerSec: moved(io.readBytesPerSec, 0.8, 4) }),
      ...(typeof io.writeBytesPerSec === 'number' && {
        writeBytesPerSec: moved(io.writeBytesPerSec, 0.9, 9),
      }),
    },
    net: {
      rxBytes: 40_000 * tick,
      txBytes: 90_000 * tick,
      rxBytesPerSec: moved(40_000, 0.9, 5),
      txBytesPerSec: moved(90_000, 0.7, 7),
    },
  };
}
