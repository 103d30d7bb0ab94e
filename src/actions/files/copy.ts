/** One copy, from what was asked to the last file: where it goes by the rules of `docker cp`, directories with all that is in them. */
import { closeSync, constants, fstatSync, openSync, readdirSync, statfsSync } from 'node:fs';
import { toInside, toOutside } from '../../kernel/proc/id-map.ts';
import { linkTarget } from '../../sys/directory-calls.ts';
import { copyContents, copyToEnd, pause } from './contents.ts';
import {
  below,
  directoryAt,
  type End,
  type NamedEnd,
  openSource,
  placeOfDirectory,
  targetOf,
} from './ends.ts';
import { attempt, FileError } from './failure.ts';
import type { Done, Ids, Job } from './job.ts';
import { dress, type Looks, placeDirectory, placeFile, placeLink, type Surroundings } from './placing.ts';
import {
  checkedName,
  close,
  entry,
  type Held,
  kindName,
  openDirectory,
  openToRead,
  type Place,
  type Side,
} from './sides.ts';
import { isContents, pathEnd } from './words.ts';

const STDIN = 0;
const STDOUT = 1;
/** Two descriptors a level. */
const DEEPEST = 400;
const NEW_FILE_MODE = 0o644;

/** Made up by the kernel: not part of a container's files. @see include/uapi/linux/magic.h */
const KERNEL_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x9fa0, 'proc'],
  [0x62656572, 'sysfs'],
  [0x27e0eb, 'cgroup'],
  [0x63677270, 'cgroup2'],
  [0x1cd1, 'devpts'],
  [0x64626720, 'debugfs'],
  [0x74726163, 'tracefs'],
  [0x73636673, 'securityfs'],
  [0xcafe4a11, 'bpf'],
  [0x19800202, 'mqueue'],
  [0x6e736673, 'nsfs'],
]);

export interface CopyOptions extends Pick<Job, 'archive' | 'follow' | 'owner' | 'uidMap' | 'gidMap'> {
  readonly note: (text: string) => void;
  readonly around: Surroundings;
}

export class Copy {
  files = 0;
  bytes = 0;
  #saidUnknown = false;
  readonly #options: CopyOptions;

  constructor(options: CopyOptions) {
    this.#options = options;
  }

  /** @throws {FileError | InterruptedError | ClosedPipeError} */
  async run(from: End, to: End): Promise<Done> {
    if (from === 'stream') {
      if (to === 'stream') throw new Error('from a stream to a stream');
      await this.#fromStream(to);
    } else {
      const source = openSource(from, this.#options.follow);
      try {
        if (to === 'stream') await this.#toStream(source);
        else await this.#toPlace(from, source, to);
      } finally {
        close(source);
      }
    }
    return { files: this.files, bytes: this.bytes };
  }

  async #toStream(source: Held): Promise<void> {
    if (source.kind !== 'file') throw notCopied(source);
    const fd = openToRead(source);
    try {
      this.bytes += await copyToEnd({ fd, path: source.path }, { fd: STDOUT, path: 'standard output' });
      this.files += 1;
    } finally {
      closeSync(fd);
    }
  }

  async #fromStream(to: NamedEnd): Promise<void> {
    const target = targetOf(to, 'file', Buffer.alloc(0));
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    const owner = to.side.where === 'container' ? this.#options.owner : undefined;
    const looks = { mode: NEW_FILE_MODE, owner, atimeNs: nowNs, mtimeNs: nowNs };
    try {
      const write = (fd: number) =>
        copyToEnd({ fd: STDIN, path: 'standard input' }, { fd, path: target.path });
      this.bytes += await placeFile(target, looks, this.#options.around, write);
      this.files += 1;
    } finally {
      close(target.existing);
      close(target.parentFd);
    }
  }

  async #toPlace(from: NamedEnd, source: Held, to: NamedEnd): Promise<void> {
    const into = to.side.where;
    if (source.kind === 'directory') {
      const top = this.#topDirectory(from, source, to);
      try {
        await this.#directory(source, top.fd, top.path, into, { isNew: top.isNew, topFd: top.fd, depth: 0 });
      } finally {
        closeSync(top.fd);
      }
      return;
    }
    const target = targetOf(to, source.kind, pathEnd(from.path).name);
    try {
      if (target.existing !== undefined && isStreamDevice(target.existing) && into === 'host')
        await this.#intoDevice(source, target.existing);
      else await this.#one(source, target, into);
    } finally {
      close(target.existing);
      close(target.parentFd);
    }
  }

  /** The directory that takes what is in `source`, opened: one that is there, or a new one. */
  #topDirectory(from: NamedEnd, source: Held, to: NamedEnd) {
    const there = directoryAt(to);
    const name = isContents(from.path) ? undefined : pathEnd(from.path).name;
    if (there !== undefined && name === undefined) {
      const fd = attempt('open', there.path, () => reopenDirectory(there.fd));
      close(there);
      return { fd, path: there.path, isNew: false };
    }
    const target: Place = there === undefined ? placeOfDirectory(to) : below(there, name ?? Buffer.alloc(0));
    try {
      return { ...this.#openTarget(target, source), path: target.path };
    } finally {
      close(target.existing);
      close(target.parentFd);
    }
  }

  /** The same for a name in a directory. */
  #openTarget(target: Place, source: Held): { readonly fd: number; readonly isNew: boolean } {
    const { existing, parentFd, name, path } = target;
    if (existing === undefined) return { fd: placeDirectory(target, this.#options.around), isNew: true };
    if (existing.kind !== 'directory')
      throw new FileError(
        'mkdir',
        path,
        'ENOTDIR',
        `${kindName(existing)} is there, and ${source.path} is a directory`,
      );
    return { fd: openDirectory(parentFd, name, path), isNew: false };
  }

  async #directory(
    source: Held,
    into: number,
    path: string,
    where: Side['where'],
    { isNew, topFd, depth }: { readonly isNew: boolean; readonly topFd: number; readonly depth: number },
  ): Promise<void> {
    if (depth >= DEEPEST)
      throw new FileError('open', source.path, 'ELOOP', `deeper than ${DEEPEST} directories`);
    for (const name of namesIn(source)) {
      await pause();
      const held = entry(source.fd, name, `${source.path}/${name.toString('utf8')}`);
      // Removed since the directory was read.
      if (held === undefined) continue;
      try {
        await this.#entry(source, held, name, { into, path, where, topFd, depth });
      } finally {
        close(held);
      }
    }
    if (isNew) dress(into, path, this.#looks(source, where), this.#options.around);
  }

  async #entry(
    source: Held,
    held: Held,
    name: Buffer,
    to: {
      readonly into: number;
      readonly path: string;
      readonly where: Side['where'];
      readonly topFd: number;
      readonly depth: number;
    },
  ): Promise<void> {
    const reason = this.#leftOut(source, held, to.topFd);
    if (reason !== undefined) return this.#options.note(`${held.path}: left out: ${reason}`);
    const path = `${to.path}/${name.toString('utf8')}`;
    const target = { parentFd: to.into, name: checkedName(name), path, existing: entry(to.into, name, path) };
    try {
      if (held.kind !== 'directory') return await this.#one(held, target, to.where);
      const { fd, isNew } = this.#openTarget(target, held);
      try {
        const { topFd, depth } = to;
        await this.#directory(held, fd, path, to.where, { isNew, topFd, depth: depth + 1 });
      } finally {
        closeSync(fd);
      }
    } finally {
      close(target.existing);
    }
  }

  /** Why something in a directory is not copied with it. */
  #leftOut(source: Held, held: Held, topFd: number): string | undefined {
    if (held.kind === 'other') return `${kindName(held)}, which is not opened`;
    if (held.kind !== 'directory' || held.stat.dev === source.stat.dev) {
      return held.kind === 'directory' && isSame(held, topFd) ? 'it is what is copied into' : undefined;
    }
    const kernels = KERNEL_FILE_SYSTEMS.get(statfsSync(`/proc/self/fd/${held.fd}`).type);
    if (kernels !== undefined) return `a file system of the kernel's (${kernels})`;
    return isSame(held, topFd) ? 'it is what is copied into' : undefined;
  }

  /** A file or a link. */
  async #one(source: Held, target: Place, into: Side['where']): Promise<void> {
    const looks = this.#looks(source, into);
    if (source.kind === 'link') {
      const says = attempt('readlink', source.path, () => linkTarget(source.fd));
      placeLink(target, says, looks, this.#options.around);
    } else if (source.kind === 'file') {
      const fd = openToRead(source);
      try {
        const write = (toFd: number) =>
          copyContents({ fd, path: source.path }, { fd: toFd, path: target.path });
        this.bytes += await placeFile(target, looks, this.#options.around, write);
      } finally {
        closeSync(fd);
      }
    } else throw notCopied(source);
    this.files += 1;
  }

  /** /dev/null, /dev/stdout: written into, as cp does; on the host only, where no container put it. */
  async #intoDevice(source: Held, device: Held): Promise<void> {
    if (source.kind !== 'file') throw notCopied(source);
    const fd = openToRead(source);
    try {
      const flags = constants.O_WRONLY | constants.O_NOCTTY;
      const to = attempt('open', device.path, () => openSync(`/proc/self/fd/${device.fd}`, flags));
      try {
        this.bytes += await copyToEnd({ fd, path: source.path }, { fd: to, path: device.path });
        this.files += 1;
      } finally {
        closeSync(to);
      }
    } finally {
      closeSync(fd);
    }
  }

  /** Set-user-id and the like stay with their owner or go: they would give the rights of whoever copies. */
  #looks({ stat, path }: Held, into: Side['where']): Looks {
    const { archive, owner } = this.#options;
    const kept = archive
      ? this.#translated({ uid: Number(stat.uid), gid: Number(stat.gid) }, into, path)
      : undefined;
    const mode = Number(stat.mode) & (kept === undefined ? 0o1777 : 0o7777);
    return {
      mode,
      owner: kept ?? (into === 'container' ? owner : undefined),
      atimeNs: stat.atimeNs,
      mtimeNs: stat.mtimeNs,
    };
  }

  /** The same number on the other side; undefined where that has no such id. */
  #translated({ uid, gid }: Ids, into: Side['where'], path: string): Ids | undefined {
    const { uidMap, gidMap } = this.#options;
    const translate = into === 'container' ? toOutside : toInside;
    const there = { uid: translate(uidMap, uid), gid: translate(gidMap, gid) };
    if (there.uid !== undefined && there.gid !== undefined) return { uid: there.uid, gid: there.gid };
    if (!this.#saidUnknown)
      this.#options.note(
        `${path}: its owner ${uid}:${gid} is nobody on the other side; it belongs to who copies`,
      );
    this.#saidUnknown = true;
    return undefined;
  }
}

/** In an order that does not depend on the file system: what was copied before a failure can be told. */
function namesIn(directory: Held): Buffer[] {
  return attempt('list', directory.path, () =>
    readdirSync(`/proc/self/fd/${directory.fd}`, { encoding: 'buffer' }).sort(Buffer.compare),
  );
}

function reopenDirectory(fd: number): number {
  return openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_DIRECTORY);
}

function isSame({ stat }: Held, fd: number): boolean {
  const other = fstatSync(fd, { bigint: true });
  return stat.dev === other.dev && stat.ino === other.ino;
}

function isStreamDevice({ stat }: Held): boolean {
  return stat.isCharacterDevice() || stat.isFIFO();
}

function notCopied(source: Held): FileError {
  const errno = source.kind === 'directory' ? 'EISDIR' : 'EINVAL';
  return new FileError('open', source.path, errno, `${kindName(source)}, which is not opened`);
}
