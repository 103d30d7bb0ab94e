/** A cgroup's files in a snapshot, taken apart as simply as can be: nothing of src/kernel in here, which is under test. */

export interface Refused {
  readonly errno: string;
}
export interface Directory {
  readonly inode: number;
  readonly uid: number;
  readonly gid: number;
  readonly children: readonly string[];
  readonly files: Readonly<Record<string, string | Refused>>;
}
export interface Snapshot {
  /** By path as the host has it: `/sys/fs/cgroup/memory/docker`. */
  readonly directories: Readonly<Record<string, Directory>>;
  readonly meminfo: string;
  readonly takenAtMs: number;
}

/** What a file says about a field: a value, nothing (no such file, no such line), or a refusal. */
export type Said = string | number | boolean | undefined | Refused | Readonly<Record<string, unknown>>;

export const isRefused = (said: unknown): said is Refused =>
  typeof said === 'object' && said !== null && 'errno' in said;

/** One cgroup in one snapshot, and those above it as far as the snapshot goes. */
export class KernelCgroup {
  constructor(
    readonly snapshot: Snapshot,
    readonly mountPoint: string,
    readonly root: string,
    readonly path: string,
    readonly version: 1 | 2,
  ) {}

  get directoryPath(): string {
    const below = this.root === '/' ? this.path : this.path.slice(this.root.length);
    return `${this.mountPoint}${below === '/' ? '' : below}`;
  }

  get directory(): Directory | undefined {
    return this.snapshot.directories[this.directoryPath];
  }

  get parent(): KernelCgroup | undefined {
    if (this.path === this.root || this.path === '/') return undefined;
    const path = this.path.slice(0, this.path.lastIndexOf('/')) || '/';
    return new KernelCgroup(this.snapshot, this.mountPoint, this.root, path, this.version);
  }

  /** This one first. */
  upwards(): KernelCgroup[] {
    return [this, ...(this.parent?.upwards() ?? [])];
  }

  /** The text of a file, taken apart by `of`. */
  file(name: string, of: (text: string) => Said = (text) => text.trim()): Said {
    const content = this.directory?.files[name];
    if (content === undefined || isRefused(content)) return content;
    return of(content);
  }

  number(name: string): Said {
    return this.file(name, (text) => Number(text));
  }

  /** A line `key N` of a file. */
  line(name: string, key: string): Said {
    return this.file(name, (text) => {
      const found = text.split('\n').find((each) => each.startsWith(`${key} `));
      return found === undefined ? undefined : Number(found.slice(key.length + 1));
    });
  }

  /** v1's unlimited is -1 or nearly 2^63. */
  limit(name: string): Said {
    return this.file(name, (text) => {
      const value = Number(text);
      return text.trim() === 'max' || value < 0 || value > 9.2233720368547e18 ? 'max' : value;
    });
  }

  /** Different ones, but each 0. */
  pids(name: string): Said {
    return this.file(name, (text) => {
      const pids = text.split('\n').filter((line) => line !== '');
      return new Set(pids.filter((pid) => pid !== '0')).size + pids.filter((pid) => pid === '0').length;
    });
  }
}
