// What a test gets in its hands: a container, and a process started in it.
import type { ProcessId } from './proc.ts';

export type LabRuntime =
  | 'docker'
  | 'containerd'
  | 'runc'
  | 'crun'
  | 'podman'
  | 'lxc'
  | 'nspawn'
  | 'bubblewrap'
  | 'unshare'
  | 'chroot';

/** A process of the lab by its host pid. */
export interface LabProcess extends ProcessId {
  stop(): Promise<void>;
}

export interface ExecOptions {
  /** Put before the container's name or the command, as the engine's own exec takes them; docker: `user` only. */
  readonly args?: readonly string[];
  readonly user?: string;
}

export interface LabContainer {
  readonly runtime: LabRuntime;
  readonly name: string;
  /** As the engine says: docker and podman `inspect` .Id; the name for ctr, runc, lxc and nspawn; undefined without engine. */
  readonly id: string | undefined;
  /** As the engine says, or without one the outermost process in the container's own pid namespace, from /proc. */
  readonly initPid: number;
  /** The process that runs `cmd`. Differs from initPid only where the tool puts an init of its own before it: bubblewrap. */
  readonly commandPid: number;
  /** The tool that waits outside for the container: unshare -f, bwrap, systemd-nspawn. */
  readonly launcherPid?: number;
  readonly image?: string;
  /** Starts a long-running process inside and resolves once it runs, with its host pid. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<LabProcess>;
  pause?(): Promise<void>;
  resume?(): Promise<void>;
  stop(): Promise<void>;
}

export interface RunContainer {
  readonly name: string;
  /** Default: `/bin/sleep 1000000`. */
  readonly cmd?: readonly string[];
  /** More words for the engine's run command, such as `-m 64m`. */
  readonly args?: readonly string[];
}

export const defaultCommand = ['/bin/sleep', '1000000'] as const;
