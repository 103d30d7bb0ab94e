import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrinter, type OutputStream, prefersAscii, showsColour } from '../../../src/cli/print.ts';

interface Recorded extends OutputStream {
  written: string;
}
function recorded(options: { isTTY?: boolean; columns?: number; failing?: Error } = {}): Recorded {
  const stream: Recorded = {
    ...(options.isTTY === undefined ? {} : { isTTY: options.isTTY }),
    ...(options.columns === undefined ? {} : { columns: options.columns }),
    written: '',
    write(text, done) {
      stream.written += text;
      queueMicrotask(() => done(options.failing));
      return true;
    },
    on: () => stream,
  };
  return stream;
}
function printerOn(stdout: Recorded, env: Record<string, string> = { LANG: 'C.UTF-8' }) {
  const stderr = recorded();
  let closed = 0;
  const onClosedPipe = () => {
    closed += 1;
  };
  return {
    printer: createPrinter({ stdout, stderr, env, onClosedPipe }),
    stdout,
    stderr,
    closed: () => closed,
  };
}

const TABLE = {
  columns: [
    { title: 'NAME', align: 'left' },
    { title: 'COMMAND', align: 'left' },
  ],
  rows: [
    ['web\x1b[2J', { text: 'sh -c "echo\nhi"', style: 'red' }],
    ['\u202edb', 'sleep 1000'],
  ],
} as const;

describe('printTable', () => {
  it('makes cells harmless before it measures them, and cuts nothing without a terminal', async () => {
    const { printer, stdout } = printerOn(recorded());
    await printer.printTable(TABLE);
    expect(stdout.written).toBe(
      ['NAME        COMMAND', 'web\\x1b[2J  sh -c "echo\\nhi"', '\\u202edb    sleep 1000', ''].join('\n'),
    );
  });

  it('cuts the last column and colours on a terminal', async () => {
    const { printer, stdout } = printerOn(recorded({ isTTY: true, columns: 20 }));
    await printer.printTable(TABLE);
    expect(stdout.written).toBe(
      [
        '\x1b[1mNAME\x1b[0m        \x1b[1mCOMMAND\x1b[0m',
        'web\\x1b[2J  \x1b[31msh -c "…\x1b[0m',
        '\\u202edb    sleep 1…',
        '',
      ].join('\n'),
    );
  });

  it('leaves headers out and marks a cut in ASCII where the locale asks for it', async () => {
    const { printer, stdout } = printerOn(recorded({ isTTY: true, columns: 20 }), {
      LANG: 'C',
      NO_COLOR: '1',
    });
    await printer.printTable({ ...TABLE, headers: false });
    expect(stdout.written).toBe('web\\x1b[2J  sh -c "~\n\\u202edb    sleep 1~\n');
  });

  it('prints nothing for nothing', async () => {
    const { printer, stdout } = printerOn(recorded());
    await printer.printTable({ ...TABLE, rows: [], headers: false });
    expect(stdout.written).toBe('');
  });
});

describe('printLine, printJson, printError', () => {
  it('prints one line, whatever is in it', async () => {
    const { printer, stdout, stderr } = printerOn(recorded());
    await printer.printLine('a\nb');
    await printer.printLine(['name: ', { text: 'x\x1b', style: 'bold' }]);
    await printer.printLine('');
    await printer.printError('freeze a\rb: no such target');
    expect(stdout.written).toBe('a\\nb\nname: x\\x1b\n\n');
    expect(stderr.written).toBe('porthole: freeze a\\rb: no such target\n');
  });

  it('prints JSON that no terminal acts on and every parser reads back', async () => {
    const { printer, stdout } = printerOn(recorded());
    await printer.printJson({ name: '\x9b31m\u202e\x7f\n', big: 2n ** 63n });
    expect(stdout.written).toBe('{"name":"\\u009b31m\\u202e\\u007f\\n","big":"9223372036854775808"}\n');
  });

  it('takes a closed pipe as the end, and reports other failures', async () => {
    const epipe = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const closed = printerOn(recorded({ failing: epipe }));
    await closed.printer.printLine('x');
    expect(closed.closed()).toBe(1);
    const full = printerOn(recorded({ failing: Object.assign(new Error('full'), { code: 'ENOSPC' }) }));
    await expect(full.printer.printLine('x')).rejects.toThrow('full');
    expect(full.closed()).toBe(0);
  });
});

describe('what the terminal can do', () => {
  it.each<[boolean | undefined, Record<string, string>, boolean]>([
    [true, {}, true],
    [true, { NO_COLOR: '' }, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [undefined, {}, false],
    [undefined, { FORCE_COLOR: '1' }, false],
  ])('terminal %s, %o: colour %s', (isTTY, env, expected) => {
    expect(showsColour(recorded(isTTY === undefined ? {} : { isTTY }), env)).toBe(expected);
  });

  it.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ LANG: 'C' }, true],
    [{ LANG: 'en_US.UTF-8' }, false],
    [{ LANG: 'de_DE.utf8' }, false],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, true],
    [{ LC_ALL: '', LC_CTYPE: 'C.UTF-8', LANG: 'C' }, false],
  ])('%o: ASCII %s', (env, expected) => {
    expect(prefersAscii(env)).toBe(expected);
  });
});

describe('in a process of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-print-'));
  const program = join(folder, 'prints.mjs');
  const LINES = 50_000;
  beforeAll(async () => {
    const print = new URL('../../../src/cli/print.ts', import.meta.url).pathname;
    const contents = `import { printLine, printTable } from ${JSON.stringify(print)};
      const rows = Array.from({ length: ${LINES} }, (_, i) => [String(i), 'x'.repeat(60)]);
      await printTable({ columns: [{ title: 'N', align: 'right' }, { title: 'X', align: 'left' }], rows, headers: false });
      await printLine('end');
      process.exit(3);`;
    const stdin = { contents, resolveDir: folder, loader: 'ts' } as const;
    await build({
      stdin,
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
      logLevel: 'error',
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('loses nothing at exit, though the reader is slow', async () => {
    const { output, status } = await shell(`node ${program} | (sleep 0.3; cat); echo "\${PIPESTATUS[0]}"`);
    const lines = output.trimEnd().split('\n');
    expect([lines.length, lines.at(-2), lines.at(-1), status]).toEqual([LINES + 2, 'end', '3', 0]);
  });

  it('ends quietly with status 0 when the reader goes away', async () => {
    const { output, errors } = await shell(
      `node ${program} | head -n 1 >/dev/null; echo "\${PIPESTATUS[0]}"`,
    );
    expect([output, errors]).toEqual(['0\n', '']);
  });

  function shell(command: string): Promise<{ output: string; errors: string; status: number | null }> {
    const child = spawn('bash', ['-c', command]);
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk;
    });
    return new Promise((resolve) => child.on('close', (status) => resolve({ output, errors, status })));
  }
});
