// The limits of a real container from the dashboard: what the kernel's files say before and after.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { Lab, type LabContainer } from '../lab/index.ts';
import { TestTerminal } from '../terminal.ts';
import { kernelFile, LimitKit } from './limit-kit.ts';

const F7 = '\x1b[18~';
const DOWN = '\x1b[B';

let lab: Lab;
let bare: LabContainer;
let terminal: TestTerminal | undefined;
const kit = new LimitKit();

beforeAll(async () => {
  lab = await Lab.create();
  bare = await lab.unshare({ cgroup: await lab.cgroup(['memory', 'pids', 'cpu'], 'dashboard-limits') });
});
afterEach(() => terminal?.dispose());
afterAll(async () => {
  kit.remove();
  await lab?.close();
});

async function formOpened(): Promise<TestTerminal> {
  const words = [await buildOnce(), 'top', '-d', '0.2'];
  const screen = TestTerminal.start(process.execPath, words, { columns: 120, rows: 40, env: kit.env });
  terminal = screen;
  const name = `unshare:${bare.initPid}`;
  await screen.waitForScreen((text) => text.includes('▌'), 'the first list');
  screen.type(`/${name}\r`);
  await screen.waitForScreen((text) => new RegExp(`▌.?${name}`).test(text), `${name} to be selected`);
  screen.type(F7);
  await screen.waitForScreen((text) => /▌ memory /.test(text), 'the form');
  return screen;
}

const selectedKey = ({ lines }: TestTerminal) =>
  /^▌ (\S+)/.exec(lines.findLast((line) => line.startsWith('▌ ')) ?? '')?.[1];
const files = () => ['memory.limit_in_bytes', 'pids.max'].map((file) => kernelFile(bare.initPid, file));

describe('limits from the dashboard', () => {
  it('are shown, planned, asked about and written', async () => {
    const screen = await formOpened();
    expect(screen.text).toMatch(/ pids +max/);
    const before = files();
    screen.type('64M');
    await screen.waitForScreen((text) => /▌ memory .*64M/.test(text), 'what was typed');
    while (selectedKey(screen) !== 'pids') {
      const key = selectedKey(screen);
      screen.type(DOWN);
      await screen.waitForScreen(() => selectedKey(screen) !== key, `a field below ${key}`);
    }
    screen.type('40');
    await screen.waitForScreen((text) => /▌ pids .*40/.test(text), 'what was typed');
    screen.type('\r');
    await screen.waitForText('/pids.max: max -> 40');
    expect(screen.text).toMatch(/memory\.limit_in_bytes: .* -> 64\.0M/);
    expect(screen.text).toContain(`as: porthole limit unshare:${bare.initPid} memory=64M pids=40`);
    expect(files()).toEqual(before);
    screen.type('y');
    await screen.waitForText('pids.max max -> 40');
    expect(files()).toEqual(['67108864', '40']);
    expect((await kit.run(bare.initPid, ['--history'])).stdout).toContain('memory=64M pids=40');
  });

  it('that mean nothing are refused, and what was typed stays', async () => {
    const before = files();
    const screen = await formOpened();
    screen.type('lots\r');
    await screen.waitForScreen((text) => /^ .*memory=lots/m.test(text), 'the reason');
    expect(screen.text).toMatch(/▌ memory .*lots/);
    screen.type('\x1b');
    await screen.waitForText('nothing is changed');
    expect(files()).toEqual(before);
  });
});
