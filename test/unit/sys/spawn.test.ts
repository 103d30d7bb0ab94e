import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SyscallError } from '../../../src/sys/koffi.ts';
import { reaped, spawnProcess, type WaitStatus } from '../../../src/sys/spawn.ts';

async function run(
  script: string,
  descriptors: readonly number[],
  ...words: readonly string[]
): Promise<WaitStatus> {
  const pid = spawnProcess({ file: 'sh', argv: ['sh', '-c', script, ...words], descriptors });
  for (;;) {
    const status = reaped(pid);
    if (status !== undefined) return status;
    await turn();
  }
}

/** Ours that every process has that we start: not close-on-exec. */
function inherited(from: number): number {
  const flagsOf = (fd: string) => /^flags:\s+(\d+)$/m.exec(fdinfo(fd))?.[1] ?? '';
  const fds = readdirSync('/proc/self/fd').filter((fd) => Number(fd) >= from && fdinfo(fd) !== '');
  return fds.filter((fd) => (Number.parseInt(flagsOf(fd), 8) & 0o2000000) === 0).length;
}

/** Empty when it is not open any more. */
function fdinfo(fd: string): string {
  const path = `/proc/self/fdinfo/${fd}`;
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** The shell sees at these descriptors the files that we have at those. */
async function arrangement(descriptors: readonly number[]): Promise<WaitStatus> {
  const wanted = descriptors.map((fd) => String(fstatSync(fd).ino));
  const look = `
    place=0
    for wanted; do
      [ "$(stat -L -c %i /proc/$$/fd/$place)" = "$wanted" ] || exit $((place + 1))
      place=$((place + 1))
    done
    for fd in /proc/$$/fd/*; do [ -L "$fd" ] && place=$((place - 1)); done
    [ "$place" = ${-inherited(descriptors.length)} ] || exit 99`;
  return run(look, descriptors, 'sh', ...wanted);
}

it('descriptors are in their places, however the two overlap, and nothing else is open', async () => {
  const files = ['/etc/passwd', '/etc/group', '/etc/hosts', '/dev/null', '/dev/zero', '/etc'].map((path) =>
    openSync(path, constants.O_RDONLY),
  );
  try {
    const [a = 0, b = 0, c = 0, , , directory = 0] = files;
    const none = openSync('/dev/null', 'r+');
    files.push(none);
    for (const places of [
      [none, none, none],
      [none, 1, 2],
      [none, 2, 1],
      [2, 1, none, 0],
      [1, 0, 2, a, b, c],
      [none, none, 2, directory, c, b, a, 1, 0],
      // As many as there are: each goes where another one is.
      [...files, ...files, ...files, 0, 1, 2],
    ])
      expect(await arrangement(places), places.join(' ')).toEqual({ status: 0 });
  } finally {
    for (const fd of files) closeSync(fd);
  }
});

it('how it ended is told, and who has not ended is not waited for', async () => {
  expect(await run('exit 7', [0, 1, 2])).toEqual({ status: 7 });
  expect(await run('kill -9 $$', [0, 1, 2])).toEqual({ signal: 9 });
  const pid = spawnProcess({ file: 'sleep', argv: ['sleep', '1000000'], descriptors: [0, 1, 2] });
  expect(reaped(pid)).toBeUndefined();
  process.kill(pid, 'SIGTERM');
  let status: WaitStatus | undefined;
  while (status === undefined) status = reaped(pid);
  expect(status).toEqual({ signal: 15 });
  expect(() => reaped(pid)).toThrow(SyscallError);
});

it.each([
  ['/nowhere/at-all', 'ENOENT'],
  ['/etc/passwd', 'EACCES'],
  ['/etc/passwd/x', 'ENOTDIR'],
])('%s cannot be run: %s', (file, code) => {
  expect(() => spawnProcess({ file, argv: [file], descriptors: [0, 1, 2] })).toThrow(
    expect.objectContaining({ code, syscall: 'posix_spawn' }),
  );
});

it('it has no environment, and no signal is blocked or ignored', async () => {
  const script = `
    [ "$(tr '\\0' '\\n' </proc/$$/environ | wc -l)" = 0 ] || exit 1
    while read -r name value; do
      case $name in SigBlk:|SigIgn:) [ "$value" = 0000000000000000 ] || exit 2;; esac
    done </proc/$$/status`;
  expect(await run(script, [0, 1, 2])).toEqual({ status: 0 });
});
