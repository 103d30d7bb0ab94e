// The watchdog: a process of its own that writes what it was given, in time, whatever becomes of those who started it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { watchdogProgram } from '../../src/actions/watchdog/program.ts';
import {
  callOff,
  startWatchdog,
  startWatchdogOfOurs,
  type Watchdog,
} from '../../src/actions/watchdog/watchdog.ts';
import { explain } from '../../src/launch/explain.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { closeDescriptor, pidfdOpen } from '../../src/sys/koffi.ts';
import { waitFor } from '../lab/wait.ts';
import { bundled } from '../load/run-ts.mjs';
import { descriptors, stateOf } from './launch-kit.ts';
import { cannotTrace, traced } from './strace-kit.ts';

const directory = mkdtempSync(join(tmpdir(), 'porthole-watchdog-test-'));
const files = new KernelFiles();
const started: Watchdog[] = [];
let count = 0;

afterEach(() => {
  for (const dog of started.splice(0)) callOff(files, dog);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A file to be written, with what is in it at first. */
function file(text = '........'): { path: string; fd: number; text: () => string } {
  const path = join(directory, `file-${++count}`);
  writeFileSync(path, text);
  const fd = openSync(path, 'r+');
  return { path, fd, text: () => readFileSync(path, 'utf8') };
}

async function start(options: Omit<Parameters<typeof startWatchdog>[1], 'name'>): Promise<Watchdog> {
  const dog = await startWatchdog(files, { name: 'test', ...options });
  started.push(dog);
  return dog;
}

const hasEnded = ({ pid }: Watchdog) => ['', 'Z'].includes(stateOf(pid));

it('writes each value in its time, and no sooner', async () => {
  const [a, b] = [file(), file()];
  const before = performance.now();
  const dog = await start({
    afterMilliseconds: 400,
    writes: [
      { fd: a.fd, value: 'first' },
      { fd: b.fd, value: '2' },
    ],
  });
  // The caller's descriptors are its own business.
  for (const { fd } of [a, b]) closeSync(fd);
  expect([a.text(), b.text()]).toEqual(['........', '........']);
  await waitFor(() => b.text() === '2.......', 'the second value');
  const tookMs = performance.now() - before;
  expect(a.text()).toBe('first...');
  expect(tookMs).toBeGreaterThanOrEqual(400);
  expect(tookMs).toBeLessThan(1400);
  await waitFor(() => hasEnded(dog), 'its end');
});

it('is small: a session of its own, the files and a signalfd, a plain name, nothing of ours', async () => {
  const { fd, path } = file();
  const inherited = openSync('/dev/zero', 'r');
  const dog = await start({ afterMilliseconds: 60_000, writes: [{ fd, value: '1' }] });
  closeSync(inherited);
  closeSync(fd);
  const proc = (name: string) => readFileSync(`/proc/${dog.pid}/${name}`, 'latin1');
  const links = readdirSync(`/proc/${dog.pid}/fd`).map((each) => readlinkSync(`/proc/${dog.pid}/fd/${each}`));
  expect(links.sort()).toEqual([path, 'anon_inode:[signalfd]'].sort());
  expect(proc('cmdline')).toBe('porthole-watchdog\0');
  expect(proc('comm')).toBe('porthole-watchd\n');
  expect(proc('environ')).toBe('');
  expect(readlinkSync(`/proc/${dog.pid}/cwd`)).toBe('/');
  const [, session, terminal] = /^\d+ \(.*\) \S+ \d+ \d+ (\d+) (-?\d+)/.exec(proc('stat')) ?? [];
  expect([session, terminal]).toEqual([String(dog.pid), '0']);
  expect(Number(/^VmRSS:\s+(\d+) kB/m.exec(proc('status'))?.[1])).toBeLessThan(200);
});

it('is called off by pid and start time, and by nothing less', async () => {
  const { fd, text } = file();
  const dog = await start({ afterMilliseconds: 500, writes: [{ fd, value: 'x' }] });
  closeSync(fd);
  expect(callOff(files, { ...dog, starttimeTicks: dog.starttimeTicks + 1 })).toBe(false);
  expect(hasEnded(dog)).toBe(false);
  expect(callOff(files, dog)).toBe(true);
  expect(hasEnded(dog)).toBe(true);
  expect(callOff(files, dog)).toBe(false);
  // Longer than it would have waited.
  const other = await start({ afterMilliseconds: 700, writes: [] });
  await waitFor(() => hasEnded(other), 'a later one');
  expect(text()).toBe('........');
});

it('says that it had ended already, when it had', async () => {
  const { fd } = file();
  const dog = await start({ afterMilliseconds: 1, writes: [{ fd, value: 'x' }] });
  closeSync(fd);
  await waitFor(() => hasEnded(dog), 'its end');
  expect(callOff(files, dog)).toBe(false);
});

it('writes when a process ends, and when it was killed already', async () => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const pidfd = pidfdOpen(child.pid ?? 0);
  const [a, b] = [file(), file()];
  await start({ whenEnds: pidfd, writes: [{ fd: a.fd, value: '1' }] });
  expect(a.text()).toBe('........');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await waitFor(() => a.text() === '1.......', 'the value');
  await start({ whenEnds: pidfd, afterMilliseconds: 60_000, writes: [{ fd: b.fd, value: '1' }] });
  await waitFor(() => b.text() === '1.......', 'the value of the late one');
  closeDescriptor(pidfd);
  for (const { fd } of [a, b]) closeSync(fd);
});

it.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const)('writes at once on %s', async (signal) => {
  const { fd, text } = file();
  const dog = await start({ afterMilliseconds: 3_600_000, writes: [{ fd, value: signal }] });
  closeSync(fd);
  process.kill(dog.pid, signal);
  await waitFor(() => text().startsWith(signal), 'the value');
  await waitFor(() => hasEnded(dog), 'its end');
});

it('keeps its time over a stop, and is ended by no other signal', async () => {
  const { fd, text } = file();
  const before = performance.now();
  const dog = await start({ afterMilliseconds: 600, writes: [{ fd, value: 'x' }] });
  closeSync(fd);
  for (const signal of ['SIGUSR1', 'SIGALRM', 'SIGPIPE', 'SIGTSTP'] as const) process.kill(dog.pid, signal);
  for (let i = 0; i < 3; i++) {
    process.kill(dog.pid, 'SIGSTOP');
    await waitFor(() => stateOf(dog.pid) === 'T', 'its stop');
    process.kill(dog.pid, 'SIGCONT');
    await waitFor(() => stateOf(dog.pid) === 'S', 'its going on');
  }
  await waitFor(() => text() === 'x.......', 'the value');
  expect(performance.now() - before).toBeGreaterThanOrEqual(600);
  expect(performance.now() - before).toBeLessThan(1600);
});

it('a file that cannot be written keeps no other from it', async () => {
  const { fd, text, path } = file();
  const readOnly = openSync(path, 'r');
  const dog = await start({
    afterMilliseconds: 1,
    writes: [
      { fd: readOnly, value: 'no' },
      { fd, value: 'yes' },
    ],
  });
  for (const each of [readOnly, fd]) closeSync(each);
  await waitFor(() => text() === 'yes.....', 'the value');
  await waitFor(() => hasEnded(dog), 'its giving up');
});

/** Somebody who starts a watchdog, leader of a process group that is killed as a whole, as a terminal's is. */
async function killedStarter(path: string, ...words: string[]): Promise<number> {
  const program = await bundled('test/live/watchdog-program.ts');
  const child = spawn(process.execPath, [program, path, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const [line] = await once(child.stdout, 'data');
  expect(readFileSync(path, 'utf8')).toBe('........');
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await once(child, 'exit');
  return Number(String(line));
}

it('keeps its time though its starter and all of that process group are killed', async () => {
  const { path, text } = file();
  const before = performance.now();
  const pid = await killedStarter(path, '1500');
  expect(text()).toBe('........');
  expect(stateOf(pid)).toBe('S');
  await waitFor(() => text() === 'x.......', 'the value');
  expect(performance.now() - before).toBeGreaterThanOrEqual(1500);
});

it('writes as soon as its starter is killed, where that is what it waits for', async () => {
  const { path, text } = file();
  await killedStarter(path);
  const before = performance.now();
  await waitFor(() => text() === 'x.......', 'the value');
  expect(performance.now() - before).toBeLessThan(1000);
});

it('leaves no descriptor with who starts it', async () => {
  const { fd } = file();
  const before = descriptors();
  const dog = await startWatchdogOfOurs(files, {
    name: 'test',
    afterMilliseconds: 60_000,
    writes: [{ fd, value: 'x' }],
  });
  expect(callOff(files, dog)).toBe(true);
  await waitFor(() => descriptors().length === before.length, 'the end of its sockets');
  expect(descriptors()).toEqual(before);
  closeSync(fd);
});

it.skipIf(cannotTrace)('does what its words say', async () => {
  const { fd } = file();
  const p = watchdogProgram({ values: ['1'], afterMilliseconds: 1, waitsForProcess: false });
  const { calls, status } = await traced(p, directory, [fd]);
  closeSync(fd);
  // A name that fills its room has dots behind it in strace's words. What follows a refusal did not happen.
  const seen = calls.flat().map((call) => call.replace('"...', '"').replace(/fd=0/, 'fd=<fd>'));
  const words = explain(p).map(({ call }) => call);
  expect(seen).toEqual(words.filter((call) => !/^nanosleep|^exit_group\(1\)/.test(call)));
  expect(status).toEqual({ how: 'exited', status: 0 });
});
