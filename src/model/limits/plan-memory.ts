/**
 * Memory and swap on v1, which limits the sum of both: swap stays what it is when memory changes, and the order of the two
 * writes depends on the direction, because memory.limit_in_bytes may at no moment be above memory.memsw.limit_in_bytes. Pure.
 * @see mm/memcontrol-v1.c mem_cgroup_resize_max
 */
import { type Limit, minLimit } from '../../kernel/count.ts';
import { amountValue } from './amount-value.ts';
import { memswOf, swapOf } from './conversions.ts';
import { type LimitFile, limitKey } from './keys.ts';
import type { LimitRequest } from './request.ts';
import { type LimitPlace, type LimitSnapshot, settingAt } from './snapshot.ts';
import { limitOf } from './values.ts';
import { type FileWrite, type PlanStep, readable, theFile, writeOf } from './write.ts';

const MEMORY: LimitFile = { name: 'memory.limit_in_bytes', kind: 'bytes-v1' };
const MEMSW: LimitFile = { name: 'memory.memsw.limit_in_bytes', kind: 'bytes-v1' };

/** @param requests for memory, swap or both. @throws {LimitRefusal} */
export function memoryWrites(
  requests: readonly LimitRequest[],
  place: LimitPlace,
  snapshot: LimitSnapshot,
  notes: string[],
): readonly PlanStep[] {
  const wanted = (id: string) =>
    requests.flatMap((each) => (each.kind === 'amount' && each.key.id === id ? [each] : []))[0];
  const memory = wanted('memory');
  const swap = wanted('swap');
  const now = { memory: current(place, MEMORY), memsw: current(place, MEMSW) };
  const nextMemory =
    memory === undefined ? known(now.memory) : amountValue(memory.key, place, memory.amount, snapshot);
  const memoryWrite = writeFor('memory', place, MEMORY, String(nextMemory));
  if (swap !== undefined) theFile(place, swap.key);
  if (now.memsw === undefined) return [{ writes: [memoryWrite] }];
  const swapNow = swapOf(now.memsw, known(now.memory));
  const nextSwap =
    swap === undefined ? swapNow : amountValue(swap.key, place, swap.amount, snapshot, swapNow);
  // A sum without a limit stays so unless somebody wants one of swap.
  const nextMemsw = swap === undefined && now.memsw === 'max' ? 'max' : memswOf(nextMemory, nextSwap);
  if (swap !== undefined && nextMemory === 'max' && nextSwap !== 'max')
    notes.push(
      'swap: v1 limits memory and swap together, so without a limit on memory there is none on swap',
    );
  const memswWrite = writeFor('swap', place, MEMSW, String(nextMemsw));
  if (swap === undefined && memswWrite.from !== memswWrite.to)
    notes.push(`swap stays as it is: v1 limits the sum, so ${MEMSW.name} moves along`);
  return [{ writes: inSafeOrder(memoryWrite, memswWrite, now.memsw, nextMemsw) }];
}

function inSafeOrder(memory: FileWrite, memsw: FileWrite, from: Limit, to: Limit): FileWrite[] {
  const raises = minLimit(from, to) === from;
  return raises ? [memsw, memory] : [memory, memsw];
}

function current(place: LimitPlace, file: LimitFile): Limit | undefined {
  if (!place.own.texts.has(file.name)) return undefined;
  return limitOf(readable(settingAt(place.own, file), file.name), file.name);
}

function known(limit: Limit | undefined): Limit {
  return readable(limit, MEMORY.name);
}

function writeFor(id: string, place: LimitPlace, file: LimitFile, to: string): FileWrite {
  const key = limitKey(id);
  if (key === undefined) throw new Error(`no key ${id}`);
  return writeOf(key, place, file, to);
}
