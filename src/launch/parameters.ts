/** How a number that a step passes reads in words; strace's spelling, so that the two can be compared. Pure. */
import { CAPABILITIES } from '../kernel/tables/capabilities.ts';
import { signalName } from '../kernel/tables/signals.ts';
import { AT_FDCWD, CLONE, FCNTL, FD_CLOEXEC, MOUNT, type Names, OPEN, PR, PR_CAP_AMBIENT } from './flags.ts';

/** As Node names processors. */
export type Processor = 'x64' | 'arm64';

/** The value as the kernel gets it: 64 bits, without a sign. */
export type Parameter = (value: bigint, processor: Processor) => string;

export const integer: Parameter = (value) => String(BigInt.asIntN(32, value));
export const unsigned: Parameter = (value) => String(value);
export const hex: Parameter = (value) => (value === 0n ? '0' : `0x${value.toString(16)}`);
export const octal: Parameter = (value) => `0${value.toString(8)}`.padStart(3, '0');
/** What has no address in the program: nothing, or a number that a kernel of another kind would take for one. */
export const pointer: Parameter = (value) => (value === 0n ? 'NULL' : `0x${value.toString(16)}`);
/** -1 leaves an id as it is. */
export const id: Parameter = (value) => (BigInt.asIntN(32, value) === -1n ? '-1' : String(value));
export const signal: Parameter = (value) => (value === 0n ? '0' : signalName(Number(value)));

export const descriptor: Parameter = (value) => {
  const fd = BigInt.asIntN(32, value);
  return fd === BigInt(AT_FDCWD) ? 'AT_FDCWD' : String(fd);
};

export function choice(names: Names): Parameter {
  // Made when a step is put into words, which few runs come to.
  let byValue: ReadonlyMap<bigint, string> | undefined;
  return (value, processor) => {
    byValue ??= new Map(Object.entries(names).map(([name, number]) => [BigInt(number), name]));
    return byValue.get(value) ?? hex(value, processor);
  };
}

export function flags(names: Names): Parameter {
  return (value) => flagNames(names, value) || '0';
}

/** Access mode first, which is a number and not flags. */
export const openFlags: Parameter = (value, processor) => {
  const { O_RDONLY, O_WRONLY, O_RDWR, ...rest } = OPEN[processor];
  const mode = choice({ O_RDONLY, O_WRONLY, O_RDWR })(value & 3n, processor);
  return [mode, flagNames(rest, value & ~3n)].filter((text) => text !== '').join('|');
};

/** Flags of calls that take some of open's, and no access mode. */
export const someOpenFlags: Parameter = (value, processor) => flagNames(OPEN[processor], value) || '0';

/** `A|B|0x40`: what has no name is shown as a number. Empty for 0. */
function flagNames(names: Names, value: bigint): string {
  const found: string[] = [];
  let rest = value;
  for (const [name, number] of Object.entries(names)) {
    const bits = BigInt(number);
    if (bits === 0n || (rest & bits) !== bits) continue;
    found.push(name);
    rest &= ~bits;
  }
  return [...found, ...(rest === 0n ? [] : [`0x${rest.toString(16)}`])].join('|');
}

export const mountFlags = flags(MOUNT);

/** All arguments in words, where they are not simply one after the other. A value that is known only at run time is undefined. */
export type Words = (
  values: readonly (bigint | undefined)[],
  texts: readonly string[],
  processor: Processor,
) => string;

/** The signal at the child's end is the low byte of clone's flags. */
export const clone: Words = (values, texts, processor) => {
  const value = values[0] ?? 0n;
  const atEnd = value & 0xffn;
  const names = [flagNames(CLONE, value & ~0xffn), atEnd === 0n ? '' : signal(atEnd, processor)];
  return `child_stack=${texts[1]}, flags=${names.filter((text) => text !== '').join('|') || '0'}`;
};

/** The mode counts only where a file may be made. */
export const openat: Words = (values, texts, processor) =>
  ((values[2] ?? 0n) & BigInt(OPEN[processor].O_CREAT)) === 0n
    ? texts.slice(0, 3).join(', ')
    : texts.join(', ');

const FILE_TYPES: Names = {
  S_IFIFO: 0o010000,
  S_IFCHR: 0o020000,
  S_IFBLK: 0o060000,
  S_IFREG: 0o100000,
  S_IFSOCK: 0o140000,
};
const TYPE_BITS = 0o170000n;

/** The device counts only where the file is one. */
export const mknodat: Words = (values, texts, processor) => {
  const mode = values[2] ?? 0n;
  const type = choice(FILE_TYPES)(mode & TYPE_BITS, processor);
  const shown = [texts[0], texts[1], `${type}|${octal(mode & ~TYPE_BITS, processor)}`];
  return [...shown, ...(['S_IFCHR', 'S_IFBLK'].includes(type) ? [texts[3]] : [])].join(', ');
};

export const fcntl: Words = (values, texts) => {
  const isCloexec = values[1] === BigInt(FCNTL.F_SETFD) && values[2] === BigInt(FD_CLOEXEC);
  return isCloexec ? `${texts[0]}, ${texts[1]}, FD_CLOEXEC` : texts.join(', ');
};

let ofCapabilities: Parameter | undefined;
const capability: Parameter = (value, processor) => {
  ofCapabilities ??= choice(Object.fromEntries(CAPABILITIES.map((name, bit) => [name, bit])));
  return ofCapabilities(value, processor);
};

/** What follows the option, by option: strace leaves out what the kernel does not look at. */
const PRCTL: ReadonlyMap<number, readonly Parameter[]> = new Map([
  [PR.PR_SET_PDEATHSIG, [signal]],
  [PR.PR_SET_DUMPABLE, [choice({ SUID_DUMP_DISABLE: 0, SUID_DUMP_USER: 1 })]],
  [PR.PR_SET_KEEPCAPS, [unsigned]],
  [PR.PR_SET_NAME, [pointer]],
  [PR.PR_CAPBSET_DROP, [capability]],
  [PR.PR_SET_SECUREBITS, [hex]],
  [PR.PR_SET_CHILD_SUBREAPER, [unsigned]],
  [PR.PR_SET_NO_NEW_PRIVS, [unsigned, unsigned, unsigned, unsigned]],
  [PR.PR_CAP_AMBIENT, [choice(PR_CAP_AMBIENT), capability, unsigned, unsigned]],
]);

export const prctl: Words = (values, texts, processor) => {
  const parameters = PRCTL.get(Number(values[0]));
  if (parameters === undefined) return texts.join(', ');
  const rest = parameters.map((parameter, i) => {
    const value = values[i + 1];
    return value === undefined ? texts[i + 1] : parameter(value, processor);
  });
  // Of PR_CAP_AMBIENT_CLEAR_ALL the capability means nothing.
  if (values[1] === BigInt(PR_CAP_AMBIENT.PR_CAP_AMBIENT_CLEAR_ALL) && rest.length === 4) rest[1] = '0';
  return [texts[0], ...rest].join(', ');
};
