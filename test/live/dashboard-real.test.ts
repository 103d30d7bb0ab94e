// The built program in a real terminal on this host: after several frames the screen is whole, and nothing else wrote on it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { Lab, type LabContainer } from '../lab/index.ts';
import { TestTerminal } from '../terminal.ts';

let lab: Lab;
let shown: LabContainer;
let terminal: TestTerminal | undefined;

beforeAll(async () => {
  lab = await Lab.create();
  shown = await lab.unshare({ name: 'shown' });
});
afterEach(async () => {
  await terminal?.dispose();
  terminal = undefined;
});
afterAll(() => lab?.close());

describe('porthole, on this host', () => {
  it.each([
    [80, 24],
    [120, 40],
    [200, 60],
  ])('%ix%i: header, list and keys stand where they belong', async (columns, rows) => {
    const screen = TestTerminal.start(process.execPath, [await buildOnce(), 'top', '-d', '0.2'], {
      columns,
      rows,
    });
    terminal = screen;
    await screen.waitForScreen((text) => /^▌/m.test(text), 'rows');
    // Whatever else is on this host may fill the screen.
    screen.type(`/unshare:${shown.initPid}\r`);
    await screen.waitForScreen(
      (text) => new RegExp(`^▌.?unshare:${shown.initPid} `, 'm').test(text),
      'its row',
    );
    const clock = () => /\d\d:\d\d:\d\d/.exec(screen.lines[1] ?? '')?.[0];
    const first = clock();
    await screen.waitForScreen(() => clock() !== first, 'the clock to move on');
    expect(screen.lines[0]).toMatch(/^ porthole · /);
    expect(screen.lines[3]).toMatch(/^ {2}NAME/);
    expect(screen.lines[rows - 1]).toMatch(/^ F1 Help/);
    expect(screen.lines.join('\n')).not.toMatch(/[Ww]arning|node:/);
    screen.type('q');
    await screen.waitForScreen(() => !screen.onAlternateScreen, 'the screen to be left');
  });
});
