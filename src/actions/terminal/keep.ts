/**
 * For a command that the caller has left by its detach keys: a process of the launcher's own size that holds its terminal open, and
 * reads what it writes to nowhere, until the last program in there closes it. Without one the command would be hung up.
 */
import { errnoNumber } from '../../kernel/tables/errno.ts';
import { FIRST_PASSED_FD, program, STATUS_FD } from '../../launch/program.ts';
import { launch } from '../../launch/run.ts';
import { readablePolls } from '../../launch/structs.ts';
import { sys } from '../../launch/syscalls.ts';

const PIECE_BYTES = 4096;

/** Fulfilled with its pid when it is there; it outlives this process. @throws {StepError} */
export async function keepTerminal(masterFd: number, target: string): Promise<number> {
  const launched = await launch(keeper(), {
    target,
    leftAs: 'the command was hung up',
    stdio: ['ignore', 'ignore', 'ignore'],
    descriptors: [masterFd],
    argv0: 'porthole-terminal',
  });
  const started = await launched.started;
  if (!started.ok) throw started.error;
  launched.child.unref();
  return launched.pid;
}

function keeper() {
  const p = program('keep');
  // Out of reach of what the caller's terminal sends.
  p.step('setsid', sys.setsid);
  p.step('close(status)', sys.close, STATUS_FD);
  const again = p.label();
  const failed = p.label();
  const end = p.label();
  const fds = readablePolls([FIRST_PASSED_FD]);
  const output = p.scratch(PIECE_BYTES, 'output');
  p.mark(again);
  p.step('ppoll', sys.ppoll, fds, 1, 0, 0, 0).retryOnEintr();
  const count = p
    .step('read', sys.read, FIRST_PASSED_FD, output, PIECE_BYTES)
    .ignore(['EIO', 'EAGAIN', 'EINTR'], failed)
    .result('count');
  p.jumpIf('end of file', count, { equals: 0 }, end);
  p.jumpIf('again', 0, { equals: 0 }, again);
  p.mark(failed);
  p.jumpIf('closed', count, { equals: -errnoNumber('EIO') }, end);
  p.jumpIf('again', 0, { equals: 0 }, again);
  p.mark(end);
  p.step('exit', sys.exit_group, 0);
  return p;
}
