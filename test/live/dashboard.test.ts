/**
 * The dashboard in a real terminal: what it shows, and every way out of it. Models are made up (test/unit/tui/harness.ts), so
 * that every screen is known; the built program comes last, on this host.
 */
import { spawn } from 'node:child_process';
import { release } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { TestTerminal } from '../terminal.ts';
import {
  childOf,
  expectRestored,
  expectSameModes,
  startHarness,
  startInShell,
  startProgram,
  startScript,
  useHarness,
} from '../unit/tui/in-terminal.ts';

useHarness();

/** The list, to its last row. */
const whole = (terminal: TestTerminal) =>
  terminal.waitForScreen(
    (text) => ['checkout-api', 'ingress', 'F1 Help'].every((each) => text.includes(each)),
    'the whole list',
  );

describe('screens', () => {
  it('80x24 has the short columns and no pane', async () => {
    const terminal = startHarness();
    await whole(terminal);
    expect(terminal.onAlternateScreen).toBe(true);
    expect(terminal.cursorHidden).toBe(true);
    expect(terminal.lines[3]?.trim().split(/ +/)).toEqual([
      'NAME',
      'STATE',
      'CPU%',
      'MEM',
      '%',
      'PIDS',
      'WHY▾',
    ]);
    expect(terminal.lines[0]).toContain('porthole · web-1 · Linux 6.18.5');
    expect(terminal.lines[23]).toContain('F1 Help');
  });

  it('200x60 has all columns and the pane of the selected container', async () => {
    const terminal = startHarness([], { columns: 200, rows: 60 });
    await terminal.waitForScreen(
      (text) =>
        text.includes('evidence') &&
        text.includes('─ checkout-api ─ docker') &&
        text.split('\n')[3]?.includes('COMMAND') === true,
      'the titles of all columns, and the pane',
    );
  });

  it('keys move, sort, open and close', async () => {
    const terminal = startHarness();
    await terminal.waitForText('▌!checkout-api');
    terminal.type('\x1b[B\x1b[B');
    await terminal.waitForText('▌!db');
    terminal.type('k');
    await terminal.waitForText('▌ └─ unshare:41822');
    terminal.type('kP');
    await terminal.waitForText('CPU%▾');
    terminal.type('\r');
    await terminal.waitForText('─ checkout-api ─');
    terminal.type('\x1b');
    await terminal.waitForText('CPU%▾');
    terminal.type('?');
    await terminal.waitForText('one row up');
    terminal.type('q');
    await terminal.waitForText('CPU%▾');
    terminal.type('/ing');
    await terminal.waitForText('▌ ingress');
    terminal.type('\r\\state=');
    await terminal.waitForText('Filter: state=');
    terminal.type('frozen\r');
    await terminal.waitForScreen(
      (text) => text.includes('filter: state=frozen (4 hidden)') && !text.includes('ingress'),
      'the filtered list',
    );
  });

  it('shows hostile names as text, in their columns', async () => {
    const terminal = startHarness(['--hostile'], { columns: 200, rows: 40 });
    const names = [
      '数据库-db',
      '{bold}loud{/}',
      'esc\\x1b[31mred\\x1b[2J',
      '🚀rocket',
      'rtl\\u202egpj.exe',
      'two\\nlines',
    ];
    await terminal.waitForScreen((text) => names.every((name) => text.includes(name)), names.join(', '));
    const title = terminal.lines[3]?.indexOf('RUNTIME') ?? -1;
    for (let row = 4; row < 15; row += 1)
      expect(terminal.cell(row, title).text, terminal.lines[row]).toMatch(/^[a-z]$/);
  });

  it('colours mean one thing each', async () => {
    const terminal = startHarness();
    await whole(terminal);
    const at = (name: string, text: string) => {
      const row = terminal.lines.findIndex((line) => line.includes(name));
      return terminal.cell(row, terminal.lines[row]?.indexOf(text) ?? 0);
    };
    expect(at('checkout-api', '95.1')).toMatchObject({ foreground: 1, bold: true, reverse: true });
    expect(at('db  ', '61.0')).toMatchObject({ foreground: 1, bold: true, reverse: false });
    expect(at('batch-7', '▲')).toMatchObject({ foreground: 3 });
    expect(at('batch-7', 'frozen')).toMatchObject({ foreground: 6, reverse: false });
    expect(at('ingress', 'running')).toMatchObject({ foreground: undefined });
  });

  it('has no colour without colour, and nothing but ASCII without UTF-8', async () => {
    const terminal = startHarness(['--mono', '--ascii', '--hostile'], {
      columns: 120,
      rows: 40,
      env: { LANG: 'C' },
    });
    await terminal.waitForText('`- unshare:41822');
    expect(terminal.output).toMatch(/^[\x1b\x20-\x7e\r\n]*$/);
    expect(terminal.output).not.toMatch(/\x1b\[(?:\d+;)*[34]\d(?:;\d+)*m/);
  });

  it('says what it waits for, then that there is nothing', async () => {
    const silent = startHarness(['--silent', '--empty']);
    await silent.waitForText('reading…');
    silent.type('r');
    await silent.waitForText('no containers');
  });

  it('tells of the sampler’s trouble', async () => {
    const terminal = startHarness(['--fail', 'trouble']);
    await terminal.waitForText('checkout-api');
    terminal.signal('SIGUSR2');
    await terminal.waitForText('the sampler was restarted');
  });
});

describe('resizing', () => {
  it('redraws, says when the terminal is too small, and comes back', async () => {
    const terminal = startHarness();
    await terminal.waitForText('checkout-api');
    terminal.resize(40, 10);
    await terminal.waitForText('needed 60x15, is 40x10');
    terminal.resize(120, 40);
    await terminal.waitForScreen(
      (text) => text.includes('LIMIT') && text.includes('─ checkout-api ─'),
      'list and pane',
    );
    terminal.resize(80, 24);
    await terminal.waitForScreen(
      (text) => /NAME .* MEM +% +PIDS WHY▾\n▌!checkout-api/.test(text) && text.includes('F1 Help'),
      'the short columns',
    );
    expect(terminal.lines.filter((line) => line.includes('checkout-api')).length).toBe(1);
  });

  it('ends up clean after many sizes while it draws', async () => {
    const terminal = startHarness(['--count', '300', '--interval', '5', '--churn'], {
      columns: 100,
      rows: 30,
    });
    await terminal.waitForText('▌!checkout-api');
    for (let i = 0; i < 60; i += 1) {
      terminal.resize(60 + ((i * 37) % 140), 15 + ((i * 11) % 45));
      if (i % 10 === 0) terminal.type('\x1b[6~');
    }
    terminal.resize(90, 20);
    terminal.type('g');
    const clean = (text: string) => {
      const lines = text.split('\n');
      const body = lines.slice(4, 18);
      return (
        (lines[0]?.startsWith(' porthole') ?? false) &&
        lines[19]?.startsWith(' F1 Help') === true &&
        body.every((line) =>
          /^[▌ ][!▲ ].* (?:running|frozen) +\S+ +\S+ +\S+(?: +\S+)? +\d+(?: .*)?$/.test(line),
        )
      );
    };
    await terminal.waitForScreen(clean, 'a clean screen of 90x20');
  });
});

describe('ways out', () => {
  it.each([
    ['q', 'q', 0],
    ['F10', '\x1b[21~', 0],
    ['Ctrl-C', '\x03', 0],
    ['Ctrl-C in a prompt', '/x\x03', 0],
    ['q after a page', '\rqq', 0],
  ])('%s restores the terminal', async (_name, keys, status) => {
    const terminal = startHarness();
    await terminal.waitForText('checkout-api');
    terminal.type(keys);
    expect(await terminal.exited).toEqual({ exitCode: status, signal: 0 });
    await terminal.waitForText(`ended ${status}, listeners left 0`);
    expectRestored(terminal);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)('%s restores the terminal', async (signal, status) => {
    const terminal = startHarness();
    await terminal.waitForText('checkout-api');
    terminal.signal(signal);
    expect(await terminal.exited).toEqual({ exitCode: status, signal: 0 });
    expectRestored(terminal);
  });

  it.each([
    ['throw', 'porthole: dashboard: thrown on purpose', 1],
    ['reject', 'porthole: dashboard: rejected on purpose', 1],
    ['exit', '', 7],
  ])('an unexpected %s restores the terminal first, then says why', async (how, said, status) => {
    const terminal = startHarness(['--fail', how]);
    await terminal.waitForText('checkout-api');
    terminal.signal('SIGUSR2');
    expect(await terminal.exited).toEqual({ exitCode: status, signal: 0 });
    await terminal.waitForText(said);
    expectRestored(terminal);
  });

  it.each([
    ['q', (terminal: TestTerminal) => terminal.type('q'), 0],
    ['Ctrl-C', (terminal: TestTerminal) => terminal.type('\x03'), 0],
    ['SIGTERM', (terminal: TestTerminal) => terminal.signal('SIGTERM', childOf(terminal.pid)), 143],
    ['an exception', (terminal: TestTerminal) => terminal.signal('SIGUSR2', childOf(terminal.pid)), 1],
  ])('%s leaves the modes of the terminal as they were', async (_name, leave, status) => {
    const terminal = await startInShell();
    leave(terminal);
    await terminal.waitForText(`status:${status}:`);
    expectSameModes();
    expectRestored(terminal);
  });

  it('an input that is no terminal is an error like any other', async () => {
    const terminal = startScript('node "$1" < /dev/null; echo "status:$?:"');
    await terminal.waitForText('status:1:');
    await terminal.waitForText('porthole: dashboard:');
    expectRestored(terminal);
  });

  it('a closed terminal ends it', async () => {
    const terminal = startHarness();
    await terminal.waitForText('checkout-api');
    terminal.closeTerminal();
    await terminal.waitForEnd(terminal.pid);
  });

  it('a closed terminal ends it even when nobody sends SIGHUP', async () => {
    // In a session of its own the dashboard keeps the terminal open but is not told when it goes.
    const terminal = startScript('setsid node "$1" < /dev/tty & wait $!');
    await terminal.waitForText('checkout-api');
    const pid = childOf(terminal.pid);
    terminal.closeTerminal();
    await terminal.waitForEnd(pid);
  });

  it('a sampler that cannot be ended does not hold it', async () => {
    const terminal = startHarness(['--stuck']);
    await terminal.waitForText('checkout-api');
    terminal.type('q');
    expect(await terminal.exited).toEqual({ exitCode: 0, signal: 9 });
    await terminal.waitForText('the sampler hangs in the kernel; killed');
    expectRestored(terminal);
  });

  it('a terminal that takes no output does not hold it', async () => {
    const terminal = startHarness(['--count', '1000', '--churn', '--interval', '10'], {
      columns: 200,
      rows: 60,
    });
    await terminal.waitForText('▌!checkout-api');
    terminal.stopReading();
    await terminal.waitUntilBlocked();
    terminal.signal('SIGTERM');
    await terminal.waitForEnd(terminal.pid);
  });

  it('a slow terminal gets the newest frame, not all of them', async () => {
    const terminal = startHarness(['--count', '1000', '--churn', '--interval', '10'], {
      columns: 200,
      rows: 60,
    });
    await terminal.waitForText('▌!checkout-api');
    terminal.stopReading();
    await terminal.waitUntilBlocked();
    terminal.type('M');
    terminal.resumeReading();
    await terminal.waitForText('MEM▾');
    terminal.type('q');
    expect((await terminal.exited).exitCode).toBe(0);
    expectRestored(terminal);
  });
});

describe('stopping', () => {
  it('Ctrl-Z gives the terminal back, fg takes it again', async () => {
    const terminal = await startInShell();
    terminal.type('\x1a');
    await terminal.waitForText('status:148:');
    await terminal.waitFor(() => !terminal.onAlternateScreen, 'the first screen');
    expectRestored(terminal);
    terminal.resize(120, 40);
    terminal.type('fg\r');
    await terminal.waitForScreen(
      (text) => text.includes('LIMIT') && text.includes('▌!checkout-api'),
      'the dashboard',
    );
    expect(terminal.onAlternateScreen).toBe(true);
    terminal.type('jj');
    await terminal.waitForText('▌!db');
    terminal.type('q');
    await terminal.waitFor(() => !terminal.onAlternateScreen, 'the first screen');
  });

  it.each([
    ['SIGTSTP', 148],
    ['SIGSTOP', 147],
  ] as const)('%s from outside, then SIGCONT', async (signal, status) => {
    const terminal = await startInShell();
    const pid = childOf(terminal.pid);
    terminal.signal(signal, pid);
    await terminal.waitForText(`status:${status}:`);
    // Who cannot know of the stop leaves it to the shell to read what the terminal still answers.
    terminal.type('\rfg\r');
    await terminal.waitForScreen(
      (text) => text.includes('▌!checkout-api') && !text.includes('status:'),
      'the dashboard',
    );
    terminal.type('jj');
    await terminal.waitForText('▌!db');
    terminal.type('q');
    await terminal.waitFor(() => !terminal.onAlternateScreen, 'the first screen');
    expectRestored(terminal);
  });

  it('goes on where there is no shell to stop for', async () => {
    const terminal = startHarness();
    await terminal.waitForText('▌!checkout-api');
    terminal.type('\x1ajj');
    await terminal.waitForText('▌!db');
    expect(terminal.onAlternateScreen).toBe(true);
  });
});

describe('the built program', () => {
  const ROW = /^▌ (unshare:\d+)/m;

  it('shows this host, follows a container to its end, and quits', async () => {
    const sleeper = spawn('unshare', [
      '--kill-child',
      '--fork',
      '--pid',
      '--uts',
      '--mount-proc',
      'sleep',
      '98765',
    ]);
    try {
      const terminal = await startProgram([], { columns: 120, rows: 40 });
      await terminal.waitForText(`Linux ${release()}`);
      terminal.type('\\runtime=unshare,command="sleep 98765"\r');
      await terminal.waitForScreen(
        (text) => /filter: runtime=unshare/.test(text) && / 1\/1 *\n/.test(text) && ROW.test(text),
        'one row',
      );
      const name = ROW.exec(terminal.text)?.[1];
      expect(name).toBeDefined();
      await terminal.waitForScreen((text) => / \d+\.\d +\S+ +/.test(text.split('\n')[4] ?? ''), 'rates');
      await terminal.waitForText(`─ ${name} ─ unshare`);
      process.kill(Number(name?.split(':')[1]), 'SIGKILL');
      await terminal.waitForText(`${name} ended`);
      terminal.type('q');
      expect(await terminal.exited).toEqual({ exitCode: 0, signal: 0 });
      expectRestored(terminal);
    } finally {
      sleeper.kill('SIGKILL');
    }
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s restores the terminal', async (signal, status) => {
    const terminal = await startProgram(['top', '-d', '0.5']);
    await terminal.waitForText('every 500ms');
    terminal.signal(signal);
    expect(await terminal.exited).toEqual({ exitCode: status, signal: 0 });
    expectRestored(terminal);
  });
});
