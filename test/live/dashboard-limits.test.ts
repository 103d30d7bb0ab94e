// The limits of a real container from the dashboard: what the kernel's files say before and after.
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabContainer, removeWhenEmpty } from '../lab/index.ts';
import type { TestTerminal } from '../terminal.ts';
import { chooseFromMenu, dashboardOn, goTo, KEYS, shows } from './dashboard-kit.ts';
import { until } from './freeze-kit.ts';
import { cgroupOf, kernelFile, LimitKit } from './limit-kit.ts';

let lab: Lab;
let bare: LabContainer;
let name: string;
let terminal: TestTerminal | undefined;
const kit = new LimitKit();

/** Some 20 MB that the kernel cannot drop. */
const BIG = ['/bin/sh', '-c', 'a=$(head -c 20000000 /dev/zero | tr "\\0" x); while :; do sleep 1; done'];

beforeAll(async () => {
  lab = await Lab.create();
  const cgroup = await lab.cgroup(['memory', 'pids', 'cpu', 'blkio'], 'dashboard-limits');
  bare = await lab.unshare({ cgroup, cmd: BIG });
  name = `unshare:${bare.initPid}`;
});
afterEach(() => terminal?.dispose());
afterAll(async () => {
  kit.remove();
  await lab?.close();
});

async function formOpened(of = name): Promise<TestTerminal> {
  const screen = await dashboardOn(of, kit.env);
  terminal = screen;
  screen.type(KEYS.f7);
  await screen.waitForScreen((text) => /▌ memory /.test(text) && text.includes('Enter Look'), 'the form');
  return screen;
}

const FILES = ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes', 'pids.max', 'cpu.cfs_quota_us'];
const files = () => FILES.map((file) => kernelFile(bare.initPid, file));
const MAX = '9223372036854771712';
const FREE = [MAX, MAX, 'max', '-1'];

describe('limits from the dashboard', () => {
  it('are shown, planned, asked about and written; then taken back by the menu, and listed', async () => {
    const screen = await formOpened();
    expect(screen.text).toMatch(/ pids +max/);
    expect(screen.text).not.toContain('F5 Undo');
    expect(files()).toEqual(FREE);
    screen.type('64M');
    await screen.waitForScreen((text) => /▌ memory .*64M/.test(text), 'what was typed');
    await goTo(screen, 'pids');
    screen.type('40');
    await screen.waitForScreen((text) => /▌ pids .*40/.test(text), 'what was typed');
    screen.type('\r');
    await shows(
      screen,
      '/pids.max: max -> 40',
      /memory\.limit_in_bytes: .* -> 64\.0M/,
      `as: porthole limit ${name} memory=64M pids=40`,
    );
    expect(files()).toEqual(FREE);
    screen.type('n');
    await shows(screen, 'nothing is changed', /▌ pids .*40/);
    screen.type('\r');
    await screen.waitForText('/pids.max: max -> 40');
    screen.type('y');
    await screen.waitForText('pids.max max -> 40');
    expect([files()[0], files()[2]]).toEqual(['67108864', '40']);
    expect((await kit.run(bare.initPid, ['--history'])).stdout).toContain('memory=64M pids=40');

    await chooseFromMenu(screen, 'undo change of limits');
    await shows(
      screen,
      `take back the last change of limits of ${name}?`,
      '/pids.max: 40 -> max',
      `as: porthole limit ${name} --undo`,
    );
    expect(files()[2]).toBe('40');
    screen.type('y');
    await screen.waitForText('pids.max 40 -> max');
    expect(files()).toEqual(FREE);

    await chooseFromMenu(screen, 'history of limits');
    await shows(
      screen,
      `changes of limits of ${name}`,
      /▌ .*done {2}--undo/,
      / undone {2}memory=64M pids=40/,
    );
    screen.type(KEYS.down);
    await screen.waitForText('pids.max max -> 40');
    screen.type('\x1b');
    // Nothing is left to take back, and the menu says so by not offering it.
    await screen.waitForScreen((text) => !text.includes('changes of limits'), 'the list to be left');
    screen.type(KEYS.f9);
    await screen.waitForText('history of limits');
    expect(screen.text).not.toContain('undo change of limits');
  });

  it('of a preset, changed and for a time, go back by themselves', async () => {
    const screen = await formOpened();
    screen.type(KEYS.f2);
    await screen.waitForText('memory=256M swap=0 cpu=0.5 pids=128');
    screen.type('\r');
    await shows(screen, 'filled in: memory=256M', / cpu +max .* 0\.5$/m);
    await goTo(screen, 'pids');
    screen.type('\x159');
    await screen.waitForScreen((text) => /▌ pids .* 9 *$/m.test(text), 'another value');
    await goTo(screen, 'goes back after');
    // Time enough to look at what is set meanwhile.
    screen.type('6s\r');
    await shows(
      screen,
      'goes back by itself after 6s',
      `as: porthole limit ${name} memory=256M swap=0 cpu=0.5 pids=9 --for 6s`,
    );
    expect(files()).toEqual(FREE);
    screen.type('y');
    await shows(screen, 'cpu.cfs_quota_us max -> 50000', 'memory.limit_in_bytes max -> 256M');
    expect(files()).toEqual(['268435456', '268435456', '9', '50000']);
    await until(() => files().join() === FREE.join(), 'the limits to go back', 20_000);
  });

  it('as another container has them', async () => {
    const cgroup = await lab.cgroup(['pids'], 'dashboard-other', { 'pids.max': '77' });
    const other = await lab.unshare({ cgroup });
    const screen = await formOpened();
    screen.type(KEYS.f2);
    await screen.waitForText('none  ');
    screen.type(`unshare:${other.initPid}`);
    await screen.waitForScreen((text) => text.includes(`▌ as unshare:${other.initPid}`), 'it to be found');
    screen.type('\r');
    await screen.waitForText('filled in: ');
    await goTo(screen, 'pids');
    expect(screen.text).toMatch(/▌ pids +max .* 77 *$/m);
    await other.stop();
  });

  it('that would do harm are refused with the numbers, and forced only after another question', async () => {
    const before = files();
    const screen = await formOpened();
    screen.type('10M\r');
    await shows(
      screen,
      `set limits of ${name} all the same?`,
      /memory=10\.0M is below the [12]\d\.\dM that it uses .* the kernel would take its pages and refuse/,
      `as: porthole limit ${name} memory=10M --force`,
    );
    screen.type('n');
    await shows(screen, 'nothing is changed', /▌ memory .*10M/, 'memory=10.0M is below');
    expect(files()).toEqual(before);
    screen.type('\r');
    await screen.waitForText('all the same?');
    screen.type('y');
    // No swap here: what --force leaves to the kernel, it refuses.
    await screen.waitForText('EBUSY');
    expect(files()).toEqual(before);
  });

  it('that somebody changed since are taken back only by force', async () => {
    await kit.set(bare.initPid, ['pids=30']);
    await kit.set(bare.initPid, ['pids=50']);
    const foreign = cgroupOf(bare.initPid, 'pids');
    writeFileSync(`${foreign}/pids.max`, '60');
    const screen = await formOpened();
    await screen.waitForText('F5 Undo');
    screen.type(KEYS.f5);
    await shows(
      screen,
      `take back the last change of limits of ${name} all the same?`,
      /pids\.max is 60 now, not 50 as root left it/,
      '/pids.max: 60 -> 30',
    );
    screen.type('y');
    await screen.waitForText('pids.max 60 -> 30');
    expect(files()[2]).toBe('30');
    await kit.set(bare.initPid, ['pids=max']);
  });

  it('of a container without a cgroup of its own say who else would be hit, and move it after a question', async () => {
    const container = await lab.unshare({ name: 'dl-nowhere' });
    const { initPid } = container;
    const before = cgroupOf(initPid, 'pids');
    const screen = await formOpened(`unshare:${initPid}`);
    await goTo(screen, 'pids');
    screen.type('50\r');
    await shows(
      screen,
      `set limits of unshare:${initPid} after a move?`,
      /it is in \S+ of pids, so that \d+ other processes would be hit: /,
      new RegExp(`1 of its processes would be moved from \\S+ to \\S*/porthole-${initPid}, a cgroup made`),
    );
    expect(cgroupOf(initPid, 'pids')).toBe(before);
    screen.type('y');
    await screen.waitForText('pids.max max -> 50');
    const made = cgroupOf(initPid, 'pids');
    expect(made).toMatch(new RegExp(`/porthole-${initPid}$`));
    expect(kernelFile(initPid, 'pids.max')).toBe('50');
    await container.stop();
    await removeWhenEmpty(made);
  });

  it('last after a question, where an engine keeps the container', async () => {
    const engine = await lab.docker();
    const container = await engine.run({ name: 'dl-keeps' });
    const kept = async () =>
      (await engine.cli(['inspect', '-f', '{{.HostConfig.PidsLimit}}', container.id ?? ''])).trim();
    await kit.set(container.initPid, ['pids=50']);
    const screen = await dashboardOn('dl-keeps', { ...kit.env, DOCKER_HOST: `unix://${engine.socket}` });
    terminal = screen;
    await chooseFromMenu(screen, 'make limits last');
    await shows(
      screen,
      'make limits of dl-keeps last?',
      /docker update --pids-limit 50 [0-9a-f]{64} as:/,
      'as: porthole limit dl-keeps --persist --apply',
    );
    screen.type('n');
    await shows(screen, 'nothing is changed');
    expect(await kept()).not.toBe('50');
    await chooseFromMenu(screen, 'make limits last');
    await shows(screen, /docker update --pids-limit 50 /);
    screen.type('y');
    await screen.waitForText('dl-keeps: its limits last: docker update');
    expect(await kept()).toBe('50');
    // Nobody keeps this one.
    screen.type(`${KEYS.f4}\x15name=${name}\r`);
    await screen.waitForScreen((text) => new RegExp(`^▌.?${name} `, 'm').test(text), 'another container');
    screen.type(KEYS.f9);
    await screen.waitForText('freeze for a time');
    expect(screen.text).not.toContain('make limits last');
    await container.stop();
  });

  it('that mean nothing are refused, and what was typed stays', async () => {
    const before = files();
    const screen = await formOpened();
    screen.type('lots\r');
    await screen.waitForScreen((text) => /^ .*memory=lots/m.test(text), 'the reason');
    expect(screen.text).toMatch(/▌ memory .*lots/);
    screen.type(`\x15${KEYS.shiftTab}soon\x1b[B1G\r`);
    await screen.waitForText('such as 250ms, 30s, 10m or 2h');
    screen.type('\x1b');
    await screen.waitForText('nothing is changed');
    expect(files()).toEqual(before);
  });
});
