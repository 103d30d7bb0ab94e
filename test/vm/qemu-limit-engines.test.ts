/** `porthole limit` on containers of docker and lxc and on a service, where systemd keeps cgroup v2 alone (qemu-limit-engines.sh). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { qemuMissing, READY_WITHIN_MS, runInQemu } from './qemu.ts';
import { Results } from './results.ts';

const missing = qemuMissing();
const title = missing === undefined ? 'limits under systemd' : `limits under systemd: skipped, ${missing}`;
const M = 1024 * 1024;

describe.skipIf(missing !== undefined)(title, () => {
  let results: Results;
  const file = (name: string) => results.file(`limit/${name}`);
  const setting = (name: string, of: string) =>
    file(name)
      .split('\n')
      .find((line) => line.startsWith(`${of}:`))
      ?.slice(of.length + 1);

  beforeAll(async () => {
    await buildOnce();
    const machine = await runInQemu({
      script: readFileSync(new URL('qemu-limit-engines.sh', import.meta.url), 'utf8'),
      directories: { repository: fileURLToPath(new URL('../..', import.meta.url)) },
      init: 'systemd',
      readyWithinMs: READY_WITHIN_MS,
      diskBytes: 2 ** 22,
      deadlineMs: 480_000,
    });
    results = new Results(machine);
  }, 500_000);

  it('runs to its end', () => {
    expect(results.machine.stdout).toMatch(/ end\n$/);
    expect(results.machine.status).toBe(0);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    [
      'engine',
      {
        'memory.max': String(200 * M),
        'memory.high': String(150 * M),
        'memory.low': String(32 * M),
        'memory.swap.max': String(10 * M),
        'cpu.max': '50000 100000',
        'cpu.max.burst': '10000',
        'cpu.weight': '200',
        'pids.max': '50',
      },
    ],
    ['box', { 'memory.max': String(200 * M), 'cpu.max': '50000 100000', 'pids.max': '50' }],
    ['web', { 'memory.max': String(200 * M), 'cpu.max': '50000 100000', 'pids.max': '50' }],
  ])('%s: the files hold what was asked for, and --undo makes them what they were', (name, expected) => {
    expect(file(`${name}.status`), file(`${name}.err`)).toBe('0\n');
    for (const [of, text] of Object.entries(expected)) expect(setting(`${name}.after`, of), of).toBe(text);
    expect(file(`${name}.undo.status`), file(`${name}.undo.err`)).toBe('0\n');
    expect(file(`${name}.undone`)).toBe(file(`${name}.before`));
  });

  it("a device of docker's is denied beside what docker decided, and allowed again", () => {
    expect(file('device-before.status'), file('device-before.err')).toBe('0\n');
    expect(file('device-deny.status'), file('device-deny.err')).toBe('0\n');
    expect(file('device-denied.status')).not.toBe('0\n');
    expect(file('device-denied.err')).toMatch(/Operation not permitted/);
    expect(file('device-other.status')).toBe('0\n');
    expect(file('device-undo.status'), file('device-undo.err')).toBe('0\n');
    expect(file('device-after.status')).toBe('0\n');
  });

  it('systemd will write its own values again: that is said, and set-property makes it last', () => {
    expect(file('web-note.err')).toMatch(
      /systemd does not know of this and writes its own values into web\.service/,
    );
    expect(file('web-lasts.out')).toMatch(/^done: systemctl set-property web\.service MemoryMax=125829120$/m);
    expect(file('web.memory')).toBe('125829120\n');
  });

  it('docker update makes it last: a container that starts again has it', () => {
    expect(file('engine-lasts.out')).toMatch(
      /^done: docker update --memory 104857600 --memory-swap 104857600 /m,
    );
    expect(file('engine.memory')).toBe('104857600\n');
    expect(setting('engine.started', 'memory.max')).toBe('104857600');
    expect(setting('engine.started', 'memory.swap.max')).toBe('0');
  });
});
