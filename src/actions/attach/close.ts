/** Closing what a process of the program must not keep: at once by range, or on older kernels one by one. */
import { CLOSE_RANGE, FCNTL, FD_CLOEXEC, LAST_DESCRIPTOR } from '../../launch/flags.ts';
import type { Program } from '../../launch/program.ts';
import { sys } from '../../launch/syscalls.ts';

export interface Closer {
  /** This descriptor and all above it. */
  from(first: number): void;
  /** The same, by the next execve. */
  onExec(first: number): void;
}

export class RangeCloser implements Closer {
  constructor(private readonly program: Program) {}

  from(first: number): void {
    this.program.step('close_range', sys.close_range, first, LAST_DESCRIPTOR, 0);
  }

  onExec(first: number): void {
    const { CLOSE_RANGE_CLOEXEC } = CLOSE_RANGE;
    this.program.step('close on exec', sys.close_range, first, LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC);
  }
}

/**
 * `last`: the highest that was passed. `inherited`: what Porthole itself was started with and never knew of, above that. What the
 * program opens itself it closes itself.
 */
export class CloserByNumber implements Closer {
  constructor(
    private readonly program: Program,
    private readonly last: number,
    private readonly inherited: readonly number[],
  ) {}

  from(first: number): void {
    for (const fd of this.all(first)) this.program.step(`close(${fd})`, sys.close, fd);
  }

  onExec(first: number): void {
    for (const fd of this.all(first))
      this.program.step(`close on exec(${fd})`, sys.fcntl, fd, FCNTL.F_SETFD, FD_CLOEXEC);
  }

  private all(first: number): number[] {
    const passed = Array.from({ length: this.last - first + 1 }, (_, i) => first + i);
    return [...passed, ...this.inherited.filter((fd) => fd >= first)];
  }
}
