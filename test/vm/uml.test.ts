/** The machine itself: what a script did comes back as it was, and nothing is left behind however the run ends. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processesOf, startHolder, until } from './left-behind.ts';
import { runInUml, startUml, umlMissing } from './uml.ts';

const missing = umlMissing();
const title = missing === undefined ? 'user-mode Linux' : `user-mode Linux: skipped, ${missing}`;

describe.skipIf(missing !== undefined)(title, () => {
  const home = process.env['TMPDIR'];
  let temporary: string;
  const hasSockets = () => existsSync(join(homedir(), '.uml'));
  const hadSockets = hasSockets();

  // A directory for temporary files of our own, so that what is left in it was left by us.
  beforeAll(() => {
    temporary = mkdtempSync(join(tmpdir(), 'porthole-vm-test-'));
    process.env['TMPDIR'] = temporary;
  });
  afterEach(() => {
    expect(readdirSync(temporary)).toEqual([]);
    expect(processesOf(temporary)).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(temporary);
    expect(hasSockets()).toBe(hadSockets);
  });
  afterAll(() => {
    if (home === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = home;
    rmSync(temporary, { recursive: true, force: true });
  });

  it('gives back output, status and files byte for byte', async () => {
    const result = await runInUml({
      script: `printf 'a\\r\\nb\\tü\\033[1m' ; echo 'to stderr' >&2
        mkdir "$OUT/below"; printf '%s' "$WORD" >"$OUT/below/word"
        "$NODE" -p 'process.version'
        exit 7`,
      env: { WORD: "it's $HOME\n" },
    });
    expect(result).toMatchObject({
      status: 7,
      stdout: `a\r\nb\tü\x1b[1m${process.version}\n`,
      stderr: 'to stderr\n',
    });
    expect([...result.files]).toEqual([['below/word', "it's $HOME\n"]]);
  });

  it('runs as root on a kernel of its own, on files that cannot be written', async () => {
    const result = await runInUml({
      script: `id -u; uname -r; cat /proc/sys/kernel/hostname; ls -d /sys/class/block/ubda
        touch /etc/porthole-was-here 2>/dev/null || echo refused`,
      diskBytes: 2 ** 20,
    });
    expect(result.stdout).toMatch(/^0\n\d+\.\d+.*\numl\n\/sys\/class\/block\/ubda\nrefused\n$/);
    expect(existsSync('/etc/porthole-was-here')).toBe(false);
  });

  it('gives up at the deadline, and says how far it came', async () => {
    const run = runInUml({ script: 'echo started; sleep 100 & sleep 100', deadlineMs: 6_000 });
    await expect(run).rejects.toThrow(/did not end within 6000 ms.*started/s);
  });

  it('says when the machine ended before the script', async () => {
    const run = runInUml({ script: 'echo o >/proc/sysrq-trigger; sleep 100' });
    await expect(run).rejects.toThrow(/ended too early.*Power off/is);
  });

  it('is one process group, and all of it ends when it is removed', async () => {
    const machine = startUml({ script: 'sleep 100 & sleep 100' });
    try {
      // The supervisor, UML and the processes UML runs its own in.
      await until(() => processesOf(machine.dir).length >= 4, 'the machine to start');
    } finally {
      await machine.remove();
    }
    expect(processesOf(machine.dir)).toEqual([]);
  });

  describe('when killed', () => {
    // The supervisor, UML and the processes UML runs its own in.
    const startUmlHolder = () => startHolder('uml.ts', 'startUml', 4);

    it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
      'the test run with %s: nothing is left',
      async (signal) => {
        const { holder, dir } = await startUmlHolder();
        holder.kill(signal);
        await until(() => processesOf(dir).length === 0 && !existsSync(dir), `the end of ${dir}`);
      },
    );

    it('what the test run works for, as vitest for its workers: nothing is left', async () => {
      const { holder, dir } = await startUmlHolder();
      holder.disconnect();
      await until(() => processesOf(dir).length === 0 && !existsSync(dir), `the end of ${dir}`);
    });

    it('its supervisor: nothing is left, and the test run hears of it', async () => {
      const machine = startUml({ script: 'sleep 100 & sleep 100' });
      await until(() => processesOf(machine.dir).length >= 4, 'the machine to start');
      machine.supervisor.kill('SIGKILL');
      await expect(machine.ended).rejects.toThrow('its supervisor is gone');
      await until(() => processesOf(machine.dir).length === 0, 'the end of its processes');
    });
  });
});
