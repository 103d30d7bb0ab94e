/**
 * The BPF programs that decide which devices a v2 cgroup may use, by bpf(2): which are attached, what they consist of, and others
 * in their place. Needs CAP_SYS_ADMIN (or CAP_BPF and CAP_NET_ADMIN); Linux 4.15, and 5.6 to replace one among several.
 * @see include/uapi/linux/bpf.h (union bpf_attr), bpf(2)
 */
import { addressOf, checked, closeDescriptor, libcFunction } from './koffi.ts';

const SYS_bpf = process.arch === 'arm64' ? 280 : 321;
const COMMAND = {
  load: 5,
  attach: 8,
  detach: 9,
  descriptorOf: 13,
  information: 15,
  query: 16,
} as const;
const PROGRAM_TYPE_CGROUP_DEVICE = 15;
const ATTACH_TYPE_CGROUP_DEVICE = 6;
const FLAG_ALLOW_MULTI = 2;
const FLAG_REPLACE = 4;
const ATTR_BYTES = 120;
const INFO_BYTES = 40;
const MOST_PROGRAMS = 64;
const INSTRUCTION_BYTES = 8;

/** One that is attached to a cgroup. Whoever asked for it closes it. */
export interface AttachedProgram {
  readonly fd: number;
  readonly flags: number;
  readonly instructions: Buffer;
}

/** @throws {SyscallError} */
function bpf(command: number, attr: Buffer): number {
  const syscall = libcFunction('long syscall(long number, long a, void *b, long c)');
  return checked('bpf', Number(syscall(SYS_bpf, command, attr, attr.length)));
}

function attribute(fields: readonly (readonly [offset: number, value: number | bigint])[]): Buffer {
  const attr = slowBuffer(ATTR_BYTES);
  for (const [offset, value] of fields) {
    if (typeof value === 'bigint') attr.writeBigUInt64LE(value, offset);
    else attr.writeUInt32LE(value, offset);
  }
  return attr;
}

/** Stays where it is: the kernel is told its address. */
function slowBuffer(length: number): Buffer {
  return Buffer.allocUnsafeSlow(length).fill(0);
}

/** @param cgroupFd of its directory. In the order in which they are asked. @throws {SyscallError} */
export function deviceProgramsOf(cgroupFd: number): AttachedProgram[] {
  const ids = slowBuffer(MOST_PROGRAMS * 4);
  const attr = attribute([
    [0, cgroupFd],
    [4, ATTACH_TYPE_CGROUP_DEVICE],
    [16, addressOf(ids)],
    [24, MOST_PROGRAMS],
  ]);
  bpf(COMMAND.query, attr);
  const flags = attr.readUInt32LE(12);
  const count = attr.readUInt32LE(24);
  const opened: AttachedProgram[] = [];
  try {
    for (let index = 0; index < count; index += 1) {
      const fd = bpf(COMMAND.descriptorOf, attribute([[0, ids.readUInt32LE(index * 4)]]));
      opened.push({ fd, flags, instructions: Buffer.alloc(0) });
      opened[index] = { fd, flags, instructions: instructionsOf(fd) };
    }
    return opened;
  } catch (error) {
    closePrograms(opened);
    throw error;
  }
}

export function closePrograms(programs: readonly { readonly fd: number }[]): void {
  for (const { fd } of programs) closeDescriptor(fd);
}

/** As the verifier left them, which for programs about devices is as they were loaded. */
function instructionsOf(fd: number): Buffer {
  const length = information(fd, 0, 0n).readUInt32LE(20);
  const into = slowBuffer(length);
  if (length > 0) information(fd, length, addressOf(into));
  return into;
}

function information(fd: number, length: number, address: bigint): Buffer {
  const info = slowBuffer(INFO_BYTES);
  info.writeUInt32LE(length, 20);
  info.writeBigUInt64LE(address, 32);
  bpf(
    COMMAND.information,
    attribute([
      [0, fd],
      [4, info.length],
      [8, addressOf(info)],
    ]),
  );
  return info;
}

let license: Buffer | undefined;

/** The caller closes it. @throws {SyscallError} the verifier does not take it (EINVAL, EACCES), or rights are missing (EPERM) */
export function loadDeviceProgram(instructions: Buffer): number {
  const code = slowBuffer(instructions.length);
  instructions.copy(code);
  if (license === undefined) {
    license = slowBuffer(4);
    license.write('MIT');
  }
  return bpf(
    COMMAND.load,
    attribute([
      [0, PROGRAM_TYPE_CGROUP_DEVICE],
      [4, instructions.length / INSTRUCTION_BYTES],
      [8, addressOf(code)],
      [16, addressOf(license)],
    ]),
  );
}

/** @param instead a program that is attached, and makes room for it in one step. @throws {SyscallError} */
export function attachDeviceProgram(cgroupFd: number, fd: number, flags: number, instead?: number): void {
  const replaces = instead !== undefined && (flags & FLAG_ALLOW_MULTI) !== 0;
  bpf(
    COMMAND.attach,
    attribute([
      [0, cgroupFd],
      [4, fd],
      [8, ATTACH_TYPE_CGROUP_DEVICE],
      [12, replaces ? flags | FLAG_REPLACE : flags],
      [16, replaces ? instead : 0],
    ]),
  );
}

/** @throws {SyscallError} */
export function detachDeviceProgram(cgroupFd: number, fd: number): void {
  bpf(
    COMMAND.detach,
    attribute([
      [0, cgroupFd],
      [4, fd],
      [8, ATTACH_TYPE_CGROUP_DEVICE],
    ]),
  );
}
