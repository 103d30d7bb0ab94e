/**
 * Doing a plan: each file written through its cgroup's descriptor and read back. When one fails, those that were written
 * before it are put back, so that all files are as they were.
 */
import { constants, writeSync } from 'node:fs';
import { isSameSetting, payloadOf, payloadsOf, settingOf } from '../../model/limits/settings.ts';
import type { FileWrite, PlanStep } from '../../model/limits/write.ts';
import { errnoOf } from '../../sys/failure.ts';
import { closeDescriptor } from '../../sys/koffi.ts';
import { CgroupGoneError } from '../cgroup/gone.ts';
import type { HeldCgroup } from '../cgroup/held-cgroup.ts';
import { failure, NotKept, PartlyDone, WriteFailed } from './apply-failure.ts';
import { readDevicePrograms, replaceDevicePrograms } from './device-programs.ts';

/** Of what a write needs to be found again: in this cgroup, by the name of its hierarchy. */
export interface WritePlaces {
  cgroup(hierarchy: string): HeldCgroup;
}

/** What was done: `readBack` is what the file said afterwards. */
export interface Change extends FileWrite {
  readonly readBack: string;
}

/**
 * @param name of the container, for messages
 * @throws {ActionRefusal} the first file could not be written: nothing was changed
 * @throws {ActionError} another one could not; the message says what was put back
 * @throws {AccessDeniedError} before anything was changed
 */
export function applySteps(name: string, steps: readonly PlanStep[], places: WritePlaces): Change[] {
  const done: Change[] = [];
  for (const step of steps) {
    try {
      done.push(...applyStep(step, places));
    } catch (error) {
      const partly = error instanceof PartlyDone ? error : undefined;
      throw failure(name, partly?.cause ?? error, [...done, ...(partly?.done ?? [])], (made) =>
        undoChanges(made, places),
      );
    }
  }
  return done;
}

function applyStep({ writes, eitherOrder }: PlanStep, places: WritePlaces): Change[] {
  const [first, ...rest] = writes;
  if (first === undefined) return [];
  if (eitherOrder !== true || rest.length === 0) return inOrder(writes, places);
  try {
    return inOrder(writes, places);
  } catch (error) {
    const isFirst = error instanceof PartlyDone && error.done.length === 0;
    const failed = isFirst && error.cause instanceof WriteFailed ? error.cause : undefined;
    if (failed?.errno !== 'EINVAL') throw error;
    return inOrder([...writes].reverse(), places);
  }
}

function inOrder(writes: readonly FileWrite[], places: WritePlaces): Change[] {
  const done: Change[] = [];
  for (const write of writes) {
    try {
      done.push(applyWrite(write, places));
    } catch (error) {
      throw new PartlyDone(done, error);
    }
  }
  return done;
}

/** @throws {WriteFailed | AccessDeniedError | CgroupGoneError | UnsupportedError} */
function applyWrite(write: FileWrite, places: WritePlaces): Change {
  const cgroup = places.cgroup(write.hierarchy);
  const written = putSetting(cgroup, write, write.to, write.toElse);
  const readBack = readSetting(cgroup, write);
  if (isSameSetting(write.kind, written, readBack)) return { ...write, readBack };
  // It was written, if not as it was meant: what was there before goes back, too.
  putSetting(cgroup, write, write.from, write.fromElse);
  const cause = new NotKept(`the kernel made ${readBack} of it`);
  throw new WriteFailed(write, cause.code, { cause });
}

/** What the file says now, of this device. @throws {CgroupGoneError | KernelParseError} */
export function readSetting(cgroup: HeldCgroup, { file, kind, device }: FileWrite): string {
  if (kind === 'bpf') return readDevicePrograms(cgroup);
  const text = cgroup.read(file);
  if (text.ok) return settingOf(kind, text.value, file, device);
  if (text.why === 'gone' || text.why === 'absent') throw new CgroupGoneError(cgroup.path);
  throw Object.assign(new Error(`${text.path}: ${text.errno}`), { code: text.errno });
}

/** Gives what was written: `orElse` where the kernel says that the list may not be empty. */
function putSetting(
  cgroup: HeldCgroup,
  write: FileWrite,
  setting: string,
  orElse: string | undefined,
): string {
  const now = setting === write.to ? write.from : write.to;
  const put = (to: string) => {
    if (write.kind === 'bpf') replaceDevicePrograms(cgroup, to);
    else for (const { file, value } of payloadsOf(write, now, to)) writePayload(cgroup, file, value, write);
    return to;
  };
  try {
    return put(setting);
  } catch (error) {
    if (orElse === undefined || !(error instanceof WriteFailed) || error.errno !== 'ENOSPC') throw error;
    return put(orElse);
  }
}

function writePayload(cgroup: HeldCgroup, file: string, payload: string, write: FileWrite): void {
  const fd = cgroup.openFile(file, constants.O_WRONLY);
  try {
    writeSync(fd, payload);
  } catch (error) {
    // Also said of a disk that is not there.
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'ENODEV' && !cgroup.isThere()) throw new CgroupGoneError(cgroup.path, { cause: error });
    throw new WriteFailed(write, errno, { cause: error });
  } finally {
    closeDescriptor(fd);
  }
}

/** Puts back what was changed, the last first. Gives what could not be put back, in words. */
export function undoChanges(done: readonly FileWrite[], places: WritePlaces): string[] {
  return [...done].reverse().flatMap((write) => {
    try {
      const cgroup = places.cgroup(write.hierarchy);
      putSetting(cgroup, write, write.from, write.fromElse);
      const also = write.alsoChanges;
      if (also !== undefined) writePayload(cgroup, also.file, payloadOf(also.kind, also.from), write);
      return [];
    } catch (error) {
      return [`${write.directory}/${write.file} (${error instanceof Error ? error.message : String(error)})`];
    }
  });
}
