/** The files of one container, for `cp` and `cat`: its root held, and who its users are here. */
import { closeSync } from 'node:fs';
import { AccessDeniedError, ActionError, ProcessGoneError } from '../../kernel/errors.ts';
import { type IdRange, parseIdMap, toOutside } from '../../kernel/proc/id-map.ts';
import { parsePidStatus } from '../../kernel/proc/status.ts';
import type { ContainerTarget } from '../../model/host-model.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { HeldProcess } from '../../sys/pidfd.ts';
import { openRootOf } from '../../sys/process-root.ts';
import type { Failure, Ids, Job, Operand } from './job.ts';

export class ContainerFiles {
  private constructor(
    readonly name: string,
    readonly rootFd: number,
    readonly ids: Pick<Job, 'owner' | 'uidMap' | 'gidMap'>,
  ) {}

  /** @throws {ProcessGoneError | AccessDeniedError | UnsupportedError} */
  static open(files: KernelFiles, container: ContainerTarget): ContainerFiles {
    const { initPid, initStarttimeTicks, name } = container;
    const held = HeldProcess.open(files, initPid, initStarttimeTicks);
    try {
      const rootFd = openRootOf(held);
      try {
        const uidMap = parseIdMap(textOf(files, `${initPid}/uid_map`, initPid));
        const gidMap = parseIdMap(textOf(files, `${initPid}/gid_map`, initPid));
        const { uid, gid } = parsePidStatus(textOf(files, `${initPid}/status`, initPid));
        if (!held.isAlive()) throw new ProcessGoneError(initPid);
        const init = { uid: uid.effective, gid: gid.effective };
        return new ContainerFiles(name, rootFd, { uidMap, gidMap, owner: rootIds(uidMap, gidMap, init) });
      } catch (error) {
        closeSync(rootFd);
        throw error;
      }
    } finally {
      held.close();
    }
  }

  operand(path: string): Operand {
    const absolute = path.startsWith('/') ? path : `/${path}`;
    return { where: 'container', path: base64(absolute), label: `${this.name}:` };
  }

  close(): void {
    closeSync(this.rootFd);
  }
}

export function hostOperand(path: string): Operand {
  return { where: 'host', path: base64(path), label: '' };
}

const base64 = (path: string) => Buffer.from(path, 'utf8').toString('base64');

function textOf(files: KernelFiles, path: string, pid: number): string {
  const text = files.text(files.proc(path));
  if (text.ok) return text.value;
  if (text.why === 'denied') throw new AccessDeniedError(text.path, 'CAP_SYS_PTRACE', text.errno);
  throw new ProcessGoneError(pid);
}

/** The container's root; where it has none (bubblewrap), whoever runs its init. */
function rootIds(uidMap: readonly IdRange[], gidMap: readonly IdRange[], init: Ids): Ids {
  const uid = toOutside(uidMap, 0);
  const gid = toOutside(gidMap, 0);
  return uid === undefined || gid === undefined ? { uid: init.uid, gid: init.gid } : { uid, gid };
}

/** The error of a failure, of the class that decides the exit status. */
export function actionError(operation: string, failure: Failure): Error {
  const { step, path, errno, words, leftAs } = failure;
  if (errno === 'EACCES' || errno === 'EPERM')
    return new AccessDeniedError(
      `${operation}: ${step} ${path}`,
      `CAP_DAC_OVERRIDE or its owner's rights; ${leftAs}`,
      errno,
    );
  return new ActionError(operation, step, path, errno, words === '' ? leftAs : `${words}; ${leftAs}`);
}
