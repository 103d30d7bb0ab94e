/**
 * What has to be written into which file, and in which order, for what somebody wants: from -> to, v1, v2 and hybrid. Pure.
 * @see Documentation/admin-guide/cgroup-v1/memory.rst (memsw)
 */

import { isUnknown } from '../../kernel/reading.ts';
import type { Amount } from './amount.ts';
import { amountValue } from './amount-value.ts';
import { BLKIO_FORMULA, SHARES_FORMULA } from './conversions.ts';
import type { LimitFile, LimitKey } from './keys.ts';
import { memoryWrites } from './plan-memory.ts';
import { cpuSteps, devicesWrite, hugetlbWrites, ioWrites, listWrite, quotaSteps } from './plan-parts.ts';
import { LimitRefusal } from './refusal.ts';
import type { LimitRequest } from './request.ts';
import { type LimitPlace, type LimitSnapshot, placeOf, settingAt } from './snapshot.ts';
import { inFilesUnit } from './values.ts';
import { type FileWrite, type LimitPlan, type PlanStep, theFile, writeOf } from './write.ts';

export interface PlanContext {
  readonly snapshot: LimitSnapshot;
  /** "major:minor" of each device that was named. */
  readonly devices: ReadonlyMap<string, string>;
}

/** @throws {LimitWordError | LimitRefusal} */
export function planLimits(requests: readonly LimitRequest[], context: PlanContext): LimitPlan {
  const steps: PlanStep[] = [];
  const notes: string[] = [];
  const isMemory = (request: LimitRequest) => request.key.id === 'memory' || request.key.id === 'swap';
  for (const request of inOrder(requests)) {
    const place = placeOrRefuse(context.snapshot, request.key);
    if (isMemory(request) && place.version === 1) continue;
    steps.push(...stepsFor(request, place, context, notes));
  }
  const memory = requests.filter(isMemory);
  if (memory[0] !== undefined) {
    const place = placeOrRefuse(context.snapshot, memory[0].key);
    if (place.version === 1) steps.push(...memoryWrites(memory, place, context.snapshot, notes));
  }
  return { steps: steps.map(withoutUnchanged).filter(({ writes }) => writes.length > 0), notes };
}

/** A cgroup that is idle has no weight: what ends that goes first, what begins it last. */
function inOrder(requests: readonly LimitRequest[]): LimitRequest[] {
  const rank = (request: LimitRequest) => {
    if (request.key.id !== 'cpu-idle' || request.kind !== 'amount') return 1;
    return request.amount.how === 'set' && request.amount.value === 0 ? 0 : 2;
  };
  return [...requests].sort((a, b) => rank(a) - rank(b));
}

function withoutUnchanged(step: PlanStep): PlanStep {
  return { ...step, writes: step.writes.filter(({ from, to }) => from !== to) };
}

function placeOrRefuse(snapshot: LimitSnapshot, key: LimitKey): LimitPlace {
  const place = placeOf(snapshot, key);
  if (place !== undefined) return place;
  const names = [...new Set(Object.values(key.controller))].filter((name) => name !== '').join(' or ');
  throw new LimitRefusal(`${key.id}: no mounted cgroup hierarchy has the ${names} controller`);
}

function stepsFor(
  request: LimitRequest,
  place: LimitPlace,
  context: PlanContext,
  notes: string[],
): readonly PlanStep[] {
  switch (request.kind) {
    case 'amount':
      return request.key.id === 'cpu'
        ? cpuSteps(request.key, place, request.amount, context.snapshot)
        : [{ writes: [amountWrite(request.key, place, request.amount, context.snapshot, notes)] }];
    case 'quota':
      return quotaSteps(request.key, place, request);
    case 'list':
      return [{ writes: [listWrite(request.key, place, request.list, notes)] }];
    case 'io':
      return [{ writes: ioWrites(request, place, context.devices) }];
    case 'hugetlb':
      return [{ writes: hugetlbWrites(request, place, context.snapshot) }];
    case 'device':
      return [{ writes: [devicesWrite(request, place, context.devices)] }];
  }
}

function amountWrite(
  key: LimitKey,
  place: LimitPlace,
  amount: Amount,
  snapshot: LimitSnapshot,
  notes: string[],
): FileWrite {
  const file = theFile(place, key);
  const write = writeOf(key, place, file, inFilesUnit(key, file, amountValue(key, place, amount, snapshot)));
  sayFormula(key, file, write, notes);
  return key.id === 'cpu-idle' ? withWeight(place, write) : write;
}

function sayFormula(key: LimitKey, { name }: LimitFile, { to }: FileWrite, notes: string[]): void {
  const isConverted =
    (key.id === 'cpu-weight' && name === 'cpu.shares') || (key.id === 'cpu-shares' && name === 'cpu.weight');
  if (isConverted) notes.push(`${key.id} is ${to} in ${name}, by ${SHARES_FORMULA}`);
  const isBlkio = key.id === (name === 'io.weight' ? 'blkio-weight' : 'io-weight');
  if (isBlkio) notes.push(`${key.id} is ${to} in ${name}, by ${BLKIO_FORMULA}`);
}

/** Going idle and back makes the weight the usual one: it has to be put back as well. */
function withWeight(place: LimitPlace, write: FileWrite): FileWrite {
  const name = place.version === 1 ? 'cpu.shares' : 'cpu.weight';
  const from = settingAt(place.own, { name, kind: 'count' });
  if (write.from !== '0' || from === undefined || isUnknown(from)) return write;
  return { ...write, alsoChanges: { file: name, kind: 'count', from } };
}
