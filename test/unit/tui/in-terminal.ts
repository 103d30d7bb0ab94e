/** The harness, and the built program, each in a terminal of its own; what a test starts ends with the test. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { buildOnce } from '../../../src/build/bundle.mjs';
import { type TerminalOptions, TestTerminal } from '../../terminal.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let directory = '';
const open: TestTerminal[] = [];

/** To be called once by a test file. */
export function useHarness(): void {
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'porthole-dashboard-'));
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    await build({
      absWorkingDir: root,
      entryPoints: ['test/unit/tui/harness.ts'],
      outfile: harnessFile(),
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'warning',
    });
  });
  afterEach(async () => {
    for (const terminal of open.splice(0)) await terminal.dispose();
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
}

function harnessFile(): string {
  return join(directory, 'harness.mjs');
}

function startIn(file: string, args: readonly string[], options: TerminalOptions): TestTerminal {
  const terminal = TestTerminal.start(file, args, options);
  open.push(terminal);
  return terminal;
}

export function startHarness(args: readonly string[] = [], options: TerminalOptions = {}): TestTerminal {
  return startIn(process.execPath, [harnessFile(), ...args], options);
}

export async function startProgram(
  args: readonly string[] = [],
  options: TerminalOptions = {},
): Promise<TestTerminal> {
  // Of whoever runs the tests no settings are read, and none are written.
  const env = { XDG_CONFIG_HOME: join(directory, 'config'), ...options.env };
  return startIn(process.execPath, [await buildOnce(), ...args], { ...options, env });
}

/** Without some variables of the environment. */
export async function startProgramWithout(names: readonly string[]): Promise<TestTerminal> {
  const unset = names.flatMap((name) => ['-u', name]);
  return startIn('env', [...unset, process.execPath, await buildOnce()], {});
}

/** A script around the harness, which it finds as `$1`. */
export function startScript(script: string): TestTerminal {
  return startIn('bash', ['-c', script, 'bash', harnessFile()], {});
}

/** A shell with job control around the harness; it writes down the terminal's modes before and after. */
export async function startInShell(options: TerminalOptions = {}): Promise<TestTerminal> {
  const args = ['--norc', '--noprofile', '--noediting', '-i'];
  const terminal = startIn('bash', args, { ...options, env: { PS1: 'shell> ' } });
  await terminal.waitForText('shell>');
  terminal.type(`stty -a > ${directory}/before; node ${harnessFile()}; `);
  terminal.type(`s=$?; stty -a > ${directory}/after; clear; echo "status:$s:"\r`);
  await terminal.waitForText('▌!checkout-api');
  return terminal;
}

export function expectSameModes(): void {
  expect(readFileSync(`${directory}/after`, 'utf8')).toBe(readFileSync(`${directory}/before`, 'utf8'));
}

/** The dashboard's own pid, below a shell's. */
export function childOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return Number(children.at(-1));
}

export function expectRestored(terminal: TestTerminal): void {
  expect(terminal.onAlternateScreen).toBe(false);
  expect(terminal.cursorHidden).toBe(false);
  expect(terminal.modes.mouseTrackingMode).toBe('none');
  expect(terminal.modes.applicationCursorKeysMode).toBe(false);
  expect(terminal.modes.applicationKeypadMode).toBe(false);
  expect(terminal.modes.bracketedPasteMode).toBe(false);
  expect(terminal.modes.wraparoundMode).toBe(true);
}
