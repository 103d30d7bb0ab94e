/**
 * Which devices a v2 cgroup may use is decided by BPF programs: one instruction after the other, 8 bytes each. A change is a check
 * before what was there: `if it is this device, the answer is that; else as before`. Pure.
 *
 * Setting: a word for each program, `FLAGS:INSTRUCTIONS`, as they were attached (BPF_F_ALLOW_MULTI …) and in base64, in the order
 * of the kernel; empty when there is none, which allows everything.
 * @see include/uapi/linux/bpf.h (bpf_insn, bpf_cgroup_dev_ctx), Documentation/admin-guide/cgroup-v2.rst "Device controller"
 */
export interface DeviceCheck {
  readonly type: 'a' | 'b' | 'c';
  readonly major: number | '*';
  readonly minor: number | '*';
  /** Of r, w and m. */
  readonly access: string;
  readonly allows: boolean;
}

export const INSTRUCTION_BYTES = 8;
/** Others may be attached beside it: as runc, crun and systemd attach theirs. */
const ALLOW_MULTI = 2;

const OP = {
  loadWord: 0x61,
  move32: 0xbc,
  and32: 0x54,
  shiftRight32: 0x74,
  jumpIfEqual: 0x15,
  jumpIfNot: 0x55,
  move: 0xb7,
  exit: 0x95,
} as const;

const CONTEXT = { accessType: 0, major: 4, minor: 8 } as const;
const DEVICE_TYPE = { b: 1, c: 2 } as const;
const ACCESS = { m: 1, r: 2, w: 4 } as const;
const ALL_ACCESS = 7;

interface Instruction {
  readonly op: number;
  readonly into?: number;
  readonly from?: number;
  readonly offset?: number;
  readonly value?: number;
  /** Its offset is to the first instruction after the check. */
  readonly skips?: true;
}

function bytesOf({ op, into = 0, from = 0, offset = 0, value = 0 }: Instruction): Buffer {
  const bytes = Buffer.alloc(INSTRUCTION_BYTES);
  bytes.writeUInt8(op, 0);
  bytes.writeUInt8(into | (from << 4), 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(value, 4);
  return bytes;
}

/**
 * The context stays in r1, where the program behind it looks for it. Nothing in it may be settled before it runs: the verifier
 * would take it out, and refuses what can never be reached.
 */
function checkedBy({ type, major, minor, access, allows }: DeviceCheck, before: Buffer): Buffer {
  const mask = [...access].reduce(
    (sum, each) => sum | (each === 'r' ? ACCESS.r : each === 'w' ? ACCESS.w : ACCESS.m),
    0,
  );
  // Denied is who wants any of it, allowed who wants no more.
  const wanted = allows ? ALL_ACCESS & ~mask : mask;
  const unless = (offset: number, number: number | '*'): Instruction[] =>
    number === '*'
      ? []
      : [
          { op: OP.loadWord, into: 3, from: 1, offset },
          { op: OP.jumpIfNot, into: 3, value: number, skips: true },
        ];
  const steps: Instruction[] = [
    { op: OP.loadWord, into: 2, from: 1, offset: CONTEXT.accessType },
    ...(type === 'a'
      ? []
      : ([
          { op: OP.move32, into: 3, from: 2 },
          { op: OP.and32, into: 3, value: 0xffff },
          { op: OP.jumpIfNot, into: 3, value: DEVICE_TYPE[type], skips: true },
        ] satisfies Instruction[])),
    ...(wanted === 0
      ? []
      : ([
          { op: OP.shiftRight32, into: 2, value: 16 },
          { op: OP.and32, into: 2, value: wanted },
          { op: allows ? OP.jumpIfNot : OP.jumpIfEqual, into: 2, value: 0, skips: true },
        ] satisfies Instruction[])),
    ...unless(CONTEXT.major, major),
    ...unless(CONTEXT.minor, minor),
    { op: OP.move, into: 0, value: allows ? 1 : 0 },
    { op: OP.exit },
  ];
  const check = steps.map((step, index) =>
    bytesOf(step.skips === true ? { ...step, offset: steps.length - index - 1 } : step),
  );
  const isCertain = steps.every(({ skips }) => skips !== true);
  return Buffer.concat(isCertain ? check : [...check, before]);
}

const everything = () =>
  Buffer.concat([bytesOf({ op: OP.move, into: 0, value: 1 }), bytesOf({ op: OP.exit })]);

export interface DeviceProgram {
  /** As it is attached. */
  readonly flags: number;
  readonly instructions: Buffer;
}

/** What decides with the check before it. All programs must allow what is allowed; one is enough to deny. */
export function withCheck(setting: string, check: DeviceCheck): string {
  const programs = programsOf(setting);
  const [first, ...rest] =
    programs.length === 0 ? [{ flags: ALLOW_MULTI, instructions: everything() }] : programs;
  if (first === undefined || (check.allows && programs.length === 0)) return setting;
  const checked = ({ flags, instructions }: DeviceProgram): DeviceProgram => ({
    flags,
    instructions: checkedBy(check, instructions),
  });
  return settingOfPrograms([checked(first), ...(check.allows ? rest.map(checked) : rest)]);
}

export function programsOf(setting: string): DeviceProgram[] {
  return setting.split(' ').flatMap((word) => {
    const [flags = '', instructions = ''] = word.split(':');
    return word === '' ? [] : [{ flags: Number(flags), instructions: Buffer.from(instructions, 'base64') }];
  });
}

export function settingOfPrograms(programs: readonly DeviceProgram[]): string {
  return programs.map(({ flags, instructions }) => `${flags}:${instructions.toString('base64')}`).join(' ');
}
