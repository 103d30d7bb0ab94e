/**
 * A program's bytes, as stub.c reads them:
 *
 *     header   u32 number of steps, i32 status descriptor
 *     steps    72 bytes each, see `encodeStep`
 *     data     what steps point at, each at a multiple of 8
 *     zeros    slots and scratch, in memory only
 *
 * Addresses are final here: the whole is mapped at `address`. Little-endian, as both processors are.
 */
import { Place, Slot } from './data.ts';
import type { Processor } from './parameters.ts';
import type { Argument, Label, Operation, Program } from './program.ts';
import { STATUS_FD } from './program.ts';
import { writeLong } from './structs.ts';

export const HEADER_BYTES = 8;
export const STEP_BYTES = 72;
/** In the order of stub.c's `enum operation`. */
export const OPERATIONS = ['call', 'jump', 'add', 'report', 'fail', 'pass-on'] as const;
export const FLAG = { retryEintr: 1, store32: 2, unless: 4 } as const;
export const OWN_SESSION = 1;
export const IGNORED_ERRNOS = 6;

export interface Encoded {
  readonly bytes: Buffer;
  /** With the zeros that follow them. */
  readonly memoryBytes: number;
}

export function encode(program: Program, address: number): Encoded {
  const { operations } = program;
  const layout = new Layout(address + HEADER_BYTES + operations.length * STEP_BYTES);
  for (const operation of operations) addPlaces(layout, operation);
  layout.addZeros();
  const bytes = Buffer.alloc(layout.fileEnd - address);
  bytes.writeUInt32LE(operations.length, 0);
  bytes.writeInt32LE(STATUS_FD, 4);
  operations.forEach((operation, index) => {
    encodeStep(bytes, HEADER_BYTES + index * STEP_BYTES, operation, index, layout, program.processor);
  });
  layout.write(bytes, address);
  return { bytes, memoryBytes: layout.end - address };
}

/** Gives every piece of data its address, once. */
class Layout {
  /** Of zeros only once all that is in the file has its own. */
  private readonly addresses = new Map<Place, number>();
  private readonly zeros = new Set<Place>();
  fileEnd: number;
  end: number;

  constructor(start: number) {
    this.fileEnd = start;
    this.end = start;
  }

  add(place: Place): void {
    if (place.parts.length === 0) {
      this.zeros.add(place);
      return;
    }
    if (this.addresses.has(place)) return;
    for (const part of place.parts) if (part instanceof Place) this.add(part);
    this.addresses.set(place, this.fileEnd);
    this.fileEnd += aligned(place.size);
  }

  addZeros(): void {
    this.end = this.fileEnd;
    for (const place of this.zeros) {
      this.addresses.set(place, this.end);
      this.end += aligned(place.size);
    }
  }

  addressOf(place: Place): number {
    const address = this.addresses.get(place);
    if (address === undefined) throw new Error(`no room was made for ${place.text}`);
    return address;
  }

  write(bytes: Buffer, start: number): void {
    for (const [place, address] of this.addresses) {
      let at = address - start;
      for (const part of place.parts) {
        if (part instanceof Place) {
          writeLong(bytes, at, this.addressOf(part));
          at += 8;
        } else {
          bytes.set(part, at);
          at += part.length;
        }
      }
    }
  }
}

function aligned(size: number): number {
  return Math.ceil(size / 8) * 8;
}

function addPlaces(layout: Layout, operation: Operation): void {
  for (const value of argumentsOf(operation)) {
    if (value instanceof Place) layout.add(value);
    else if (value instanceof Slot) layout.add(value.place);
  }
  if (operation.kind === 'call' && operation.store !== undefined) layout.add(operation.store.to);
  if (operation.kind === 'add') layout.add(operation.into.place);
}

function argumentsOf(operation: Operation): readonly Argument[] {
  switch (operation.kind) {
    case 'call':
      return operation.arguments;
    case 'jump':
      return [operation.value, operation.mask, operation.equals];
    case 'add':
      return [operation.a, operation.b];
    case 'report':
      return [operation.value];
    case 'fail':
      return [operation.errno];
    case 'pass-on':
      return [operation.child, operation.session === 'own' ? OWN_SESSION : 0];
  }
}

/** u8 operation, u8 flags, u8 indirect, u8 0, u16 target, u8[6] ignored, u32 number, u64 store, u64[6] arguments */
function encodeStep(
  bytes: Buffer,
  at: number,
  operation: Operation,
  index: number,
  layout: Layout,
  processor: Processor,
): void {
  bytes[at] = OPERATIONS.indexOf(operation.kind);
  bytes[at + 1] = flagsOf(operation);
  bytes.writeUInt16LE(targetOf(operation, index), at + 4);
  if (operation.kind === 'call') {
    const { ignored, syscall, store, label } = operation;
    if (ignored.length > IGNORED_ERRNOS) throw new Error(`${label}: too many errnos to ignore`);
    bytes.set(ignored, at + 6);
    bytes.writeUInt32LE(syscall.numbers[processor], at + 12);
    if (store !== undefined) writeLong(bytes, at + 16, layout.addressOf(store.to));
  }
  if (operation.kind === 'add') writeLong(bytes, at + 16, layout.addressOf(operation.into.place));
  let indirect = 0;
  argumentsOf(operation).forEach((value, i) => {
    if (value instanceof Slot) indirect |= 1 << i;
    const number =
      typeof value === 'number' || typeof value === 'bigint'
        ? value
        : layout.addressOf(value instanceof Slot ? value.place : value);
    // It is zeros already.
    if (number !== 0) writeLong(bytes, at + 24 + 8 * i, number);
  });
  bytes[at + 2] = indirect;
}

function flagsOf(operation: Operation): number {
  if (operation.kind === 'jump') return operation.unless ? FLAG.unless : 0;
  if (operation.kind !== 'call') return 0;
  return (operation.retriesEintr ? FLAG.retryEintr : 0) | (operation.store?.bytes === 4 ? FLAG.store32 : 0);
}

/** Where a jump goes, or a failure that is ignored: the next step if nothing else was said. */
function targetOf(operation: Operation, index: number): number {
  if (operation.kind === 'jump') return indexOf(operation.target, operation.label);
  if (operation.kind === 'call' && operation.ignoredTarget !== undefined)
    return indexOf(operation.ignoredTarget, operation.label);
  return index + 1;
}

function indexOf(target: Label, label: string): number {
  if (target.index === undefined) throw new Error(`${label}: jumps to a label that was never marked`);
  return target.index;
}
