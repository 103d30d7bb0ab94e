/**
 * The five kinds of failure Porthole tells apart. Each says what it was about, carries a stable `code`, and keeps its cause.
 * Lowest layer: imports nothing but the words of errnos.
 */
import { errnoMessage } from './tables/errno.ts';

/** A kernel file holds something this parser does not know. Names the file's kind and shows the offending line. */
export class KernelParseError extends Error {
  readonly code = 'KERNEL_PARSE';
  constructor(
    readonly file: string,
    readonly problem: string,
    readonly line = '',
    options?: ErrorOptions,
  ) {
    super(`${file}: ${problem}${line === '' ? '' : `: ${JSON.stringify(line.slice(0, 120))}`}`, options);
    this.name = 'KernelParseError';
  }
}

/** A process went away, or its pid now belongs to another one: a normal race. Drop the row, count it. */
export class ProcessGoneError extends Error {
  readonly code = 'PROCESS_GONE';
  constructor(
    readonly pid: number,
    detail = 'has ended',
    options?: ErrorOptions,
  ) {
    super(`process ${pid} ${detail}`, options);
    this.name = 'ProcessGoneError';
  }
}

/** The kernel refused; `right` is the capability, file mode or mount option that would allow it. */
export class AccessDeniedError extends Error {
  readonly code = 'ACCESS_DENIED';
  constructor(
    readonly path: string,
    readonly right: string,
    readonly errno = 'EACCES',
    options?: ErrorOptions,
  ) {
    super(`${path}: ${errno}: needs ${right}`, options);
    this.name = 'AccessDeniedError';
  }
}

/** This kernel or this set-up does not have it; `needs` names the version, controller or option. */
export class UnsupportedError extends Error {
  readonly code = 'UNSUPPORTED';
  constructor(
    readonly what: string,
    readonly needs: string,
    options?: ErrorOptions,
  ) {
    super(`${what} is not available here: needs ${needs}`, options);
    this.name = 'UnsupportedError';
  }
}

/** An action failed at `step`; `leftAs` says in words what state things are in now. */
export class ActionError extends Error {
  readonly code = 'ACTION';
  constructor(
    readonly operation: string,
    readonly step: string,
    readonly target: string,
    readonly errno: string,
    readonly leftAs: string,
    options?: ErrorOptions,
  ) {
    super(`${operation} ${target}: ${step}: ${errnoMessage(errno)} (${errno}); ${leftAs}`, options);
    this.name = 'ActionError';
  }
}
