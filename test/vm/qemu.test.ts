/** The QEMU machine itself: what a script did comes back as it was, and nothing is left behind however the run ends. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { processesOf, startHolder, until } from './left-behind.ts';
import { qemuMissing, runInQemu, startQemu } from './qemu.ts';

const missing = qemuMissing();
const title = missing === undefined ? 'QEMU' : `QEMU: skipped, ${missing}`;

describe.skipIf(missing !== undefined)(title, () => {
  const home = process.env['TMPDIR'];
  let temporary: string;

  // A directory for temporary files of our own, so that what is left in it was left by us.
  beforeAll(() => {
    temporary = mkdtempSync(join(tmpdir(), 'porthole-vm-test-'));
    process.env['TMPDIR'] = temporary;
  });
  afterEach(() => {
    expect(readdirSync(temporary)).toEqual([]);
    expect(processesOf(temporary)).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(temporary);
  });
  afterAll(() => {
    if (home === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = home;
    rmSync(temporary, { recursive: true, force: true });
  });

  it('gives back output, status and files of a kernel of its own, on files that it cannot write', async () => {
    const word = "it's $HOME\n";
    const result = await runInQemu({
      script: `printf 'a\\r\\nb\\tü\\033[1m' ; echo 'to stderr' >&2
        mkdir "$OUT/below"; printf '%s' "$WORD" >"$OUT/below/word"
        "$NODE" -p 'process.version'
        id -u; cat /proc/sys/kernel/hostname; ls -d /sys/class/block/vda
        ls /proc/self/ns
        touch /etc/porthole-was-here /usr/porthole-was-here && rm /etc/hostname /usr/bin/env && echo in memory
        exit 7`,
      env: { WORD: word },
      diskBytes: 2 ** 20,
    });
    const namespaces = 'cgroup ipc mnt net pid pid_for_children time time_for_children user uts'.replaceAll(
      ' ',
      '\n',
    );
    expect(result).toMatchObject({
      status: 7,
      stdout: `a\r\nb\tü\x1b[1m${process.version}\n0\nqemu\n/sys/class/block/vda\n${namespaces}\nin memory\n`,
      stderr: 'to stderr\n',
    });
    expect([...result.files]).toEqual([['below/word', word]]);
    expect(existsSync('/etc/porthole-was-here') || existsSync('/usr/porthole-was-here')).toBe(false);
    expect(existsSync('/etc/hostname') && existsSync('/usr/bin/env')).toBe(true);
  });

  it('gives up at the deadline, and says how far it came', async () => {
    const run = runInQemu({ script: 'echo started; sleep 100 & sleep 100', deadlineMs: 1_500 });
    await expect(run).rejects.toThrow(/QEMU did not end within 1500 ms/s);
  });

  it('is booted once more when it is not ready in time, and once only', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      // The second machine is one too: it comes as far as the deadline lets it.
      const run = runInQemu({ script: 'echo started; sleep 100', readyWithinMs: 1_000, deadlineMs: 2_500 });
      await expect(run).rejects.toThrow('QEMU did not end within 1500 ms');
      expect(said).toHaveBeenCalledExactlyOnceWith(
        expect.stringMatching(/^QEMU was not ready within 1000 ms;.*QEMU is booted once more\.\n$/s),
      );
    } finally {
      said.mockRestore();
    }
  });

  it('is not booted again when it becomes ready in time, after the script has told what it waits for', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const { status, stderr, files } = await runInQemu({
        script: '. /run/repository/test/vm/functions.sh; ready_within 1; sleep 1234 & sleep 5; ready; exit 3',
        directories: { repository: fileURLToPath(new URL('../..', import.meta.url)) },
        readyWithinMs: 60_000,
      });
      expect([status, files.has('ready')]).toEqual([3, true]);
      expect(stderr).toMatch(/^not ready after 1 s, at [0-9.]+:\n.*sleep 1234\n/s);
      expect(said).not.toHaveBeenCalled();
    } finally {
      said.mockRestore();
    }
  });

  it.each(['SIGKILL', 'SIGINT'] as const)('the test run killed with %s: nothing is left', async (signal) => {
    const { holder, dir } = await startHolder('qemu.ts', 'startQemu', 2);
    holder.kill(signal);
    await until(() => processesOf(dir).length === 0 && !existsSync(dir), `the end of ${dir}`);
  });

  it('its supervisor killed: nothing is left, and the test run hears of it', async () => {
    const machine = startQemu({ script: 'sleep 100 & sleep 100' });
    await until(() => processesOf(machine.dir).length >= 2, 'the machine to start');
    machine.supervisor.kill('SIGKILL');
    await expect(machine.ended).rejects.toThrow('its supervisor is gone');
    await until(() => processesOf(machine.dir).length === 0, 'the end of its processes');
  });
});
