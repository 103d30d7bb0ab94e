/**
 * What the capability sets become when a process executes a file. The kernel does not show securebits of other processes: they
 * are taken to be 0, as they nearly always are. Pure.
 * @see capabilities(7) "Transformation of capabilities during execve()", security/commoncap.c
 */
import type { FileCapabilities } from '../kernel/file-capabilities.ts';
import type { CapabilityMasks } from '../kernel/proc/status.ts';

export interface ExecInput {
  readonly masks: CapabilityMasks;
  /** Ids as the process's own user namespace counts them; undefined where they are not mapped. */
  readonly realUid: number | undefined;
  readonly effectiveUid: number | undefined;
  /** What the file has; undefined: none, or none that counts here. */
  readonly file: FileCapabilities | undefined;
  /** Owner of a setuid file, inside; undefined: the file is not setuid, or may not be. */
  readonly setuidTo: number | undefined;
  readonly setgid: boolean;
  readonly noNewPrivs: boolean;
  readonly nosuid: boolean;
}

export interface ExecOutcome {
  /** Absent when the kernel refuses to execute it. */
  readonly masks?: CapabilityMasks;
  /** The errno of that refusal. */
  readonly fails?: 'EPERM';
  /** The rules that decided, in words. */
  readonly because: readonly string[];
}

/** The steps and their order are those of cap_bprm_creds_from_file(). */
export function afterExec(input: ExecInput): ExecOutcome {
  const { masks, nosuid, noNewPrivs } = input;
  const file = nosuid ? undefined : input.file;
  const setuidTo = nosuid || noNewPrivs ? undefined : input.setuidTo;
  if (
    file?.effective === true &&
    (file.permitted & ~masks.bounding & ~(masks.inheritable & file.inheritable)) !== 0n
  )
    return {
      fails: 'EPERM',
      because: ['the file asks for capabilities outside the bounding set, with its effective flag on'],
    };
  const effectiveUid = setuidTo ?? input.effectiveUid;
  const isSetuidRoot = effectiveUid === 0 && input.realUid !== 0;
  const asRoot = (effectiveUid === 0 || input.realUid === 0) && !(file !== undefined && isSetuidRoot);
  const gained = asRoot
    ? masks.bounding | masks.inheritable
    : (masks.inheritable & (file?.inheritable ?? 0n)) | ((file?.permitted ?? 0n) & masks.bounding);
  const isEffective = asRoot && effectiveUid === 0 ? true : (file?.effective ?? false);
  const changesIds =
    (setuidTo !== undefined && setuidTo !== input.effectiveUid) || (input.setgid && !nosuid && !noNewPrivs);
  const dropsAmbient = file !== undefined || changesIds;
  const ambient = dropsAmbient ? 0n : masks.ambient;
  const permitted = (noNewPrivs ? gained & masks.permitted : gained) | ambient;
  const { inheritable, bounding } = masks;
  return {
    masks: { inheritable, permitted, effective: isEffective ? permitted : ambient, bounding, ambient },
    because: [
      ...ignored(input),
      ...(setuidTo === undefined ? [] : [`the file is setuid to ${setuidTo}`]),
      ...(asRoot ? ['root of its user namespace gets the whole bounding set'] : []),
      ...(!asRoot && file !== undefined ? ["the file's capabilities count, within the bounding set"] : []),
      ...(noNewPrivs && (gained & ~masks.permitted) !== 0n
        ? ['no_new_privs keeps it to what it has already']
        : []),
      ...(dropsAmbient && masks.ambient !== 0n ? ['the ambient set is dropped'] : []),
      ...(gained === 0n && ambient !== 0n ? ['only the ambient set is kept'] : []),
      ...(permitted === 0n ? ['nothing gives it any'] : []),
    ],
  };
}

function ignored({ nosuid, noNewPrivs, file, setuidTo, setgid }: ExecInput): string[] {
  const setsIds = setuidTo !== undefined || setgid;
  return [
    ...(nosuid && (file !== undefined || setsIds)
      ? ['the file lies on a nosuid mount: what it would give is ignored']
      : []),
    ...(noNewPrivs && setsIds && !nosuid ? ['no_new_privs: setuid and setgid are ignored'] : []),
  ];
}
