/**
 * The only place of the command line that writes to stdout and stderr. Text from containers becomes harmless here, colour
 * is decided here, and every function resolves when the text has left the process, so that nothing is lost at exit.
 */
import { jsonText } from '../export/json.ts';
import { harmless } from '../model/harmless.ts';
import type { Cell, Span, Style, TableColumn } from './table.ts';
import { toTheEnd } from './to-the-end.ts';

export type { Cell, Span, Style, TableColumn } from './table.ts';

/** What of a stream this needs: process.stdout, or a test's own. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string, done: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface Table {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Cell[])[];
  /** False with --no-headers. */
  readonly headers?: boolean;
}

export interface Printer {
  /** One line: a text, or pieces of it with styles. */
  printLine(line: Cell | readonly Cell[]): Promise<void>;
  printTable(table: Table): Promise<void>;
  /** One document on one line, all of it also when a signal ends Porthole meanwhile. */
  printJson(document: unknown): Promise<void>;
  /** One document that `src/export` has made text of already. */
  printJsonText(text: string): Promise<void>;
  /** Contents of a file, for a terminal: lines and tabs stay, whatever else a terminal would act on does not. */
  printContents(text: string): Promise<void>;
  /** Porthole's own text as it is, for scripts and help. */
  printOwn(text: string): Promise<void>;
  /** `porthole: message` on stderr. */
  printError(message: string): Promise<void>;
}

interface Surroundings {
  /** Asked for when something is printed: Node takes a millisecond or two to open its own. */
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The reader has gone, as in `porthole ps | head -1`. */
  readonly onClosedPipe: () => void;
}

export function createPrinter(on: Surroundings): Printer {
  const { env, onClosedPipe } = on;
  const out = writerTo(() => on.stdout, 'standard output', onClosedPipe);
  const err = writerTo(() => on.stderr, 'standard error', onClosedPipe);
  const toText = (line: readonly Span[]) =>
    `${line.map((span) => paint(span, showsColour(on.stdout, env))).join('')}\n`;
  return {
    printLine: (line) => out(toText(spansOf(line).map(harmlessSpan))),
    printTable: async ({ columns, rows, headers }) => {
      // Loaded here, because Unicode's tables take longer to load than most commands run, and JSON needs none of them.
      const { layoutTable } = await import('./table.ts');
      const cells = rows.map((row) => row.map((cell) => harmlessSpan(toSpan(cell))));
      const width = on.stdout.isTTY === true ? on.stdout.columns : undefined;
      const options = {
        headers: headers ?? true,
        ellipsis: prefersAscii(env) ? '~' : '…',
        ...(width === undefined ? {} : { maxWidth: width }),
      };
      return out(layoutTable(columns, cells, options).map(toText).join(''));
    },
    printJson: (document) => toTheEnd(() => out(`${jsonText(document)}\n`)),
    printJsonText: (text) => toTheEnd(() => out(`${text}\n`)),
    printContents: (text) => out(text.replace(/[^\n\t]+/g, harmless)),
    printOwn: (text) => out(text),
    printError: (message) => err(`porthole: ${harmless(message)}\n`),
  };
}

/** Resolves when the stream has taken the text. A pipe nobody reads any more ends the process, quietly. */
function writerTo(
  open: () => OutputStream,
  name: string,
  onClosedPipe: () => void,
): (text: string) => Promise<void> {
  let listening = false;
  return (text) => {
    const stream = open();
    // A stream without a listener would turn the error into a crash; the write below reports it.
    if (!listening) stream.on('error', (error) => void (isClosedPipe(error) && onClosedPipe()));
    listening = true;
    if (text === '') return Promise.resolve();
    return new Promise((resolve, reject) => {
      stream.write(text, (error) => {
        if (error === undefined || error === null) return resolve();
        if (!isClosedPipe(error)) return reject(new Error(`${name}: ${error.message}`, { cause: error }));
        onClosedPipe();
        resolve();
      });
    });
  };
}

function isClosedPipe(error: Error): boolean {
  return 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}

/** Only on a terminal, and never with NO_COLOR (no-color.org: set and not empty). */
export function showsColour(stream: OutputStream, env: Surroundings['env']): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** Does the locale say that the terminal shows no UTF-8? The first of these that is set decides, as in locale(7). */
export function prefersAscii(env: Surroundings['env']): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return !/utf-?8/i.test(locale ?? '');
}

const SGR: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

function paint({ text, style }: Span, colours: boolean): string {
  return colours && style !== undefined && text !== '' ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
}

function spansOf(line: Cell | readonly Cell[]): Span[] {
  return isList(line) ? line.map(toSpan) : [toSpan(line)];
}

/** Array.isArray does not recognise readonly arrays. */
function isList(line: Cell | readonly Cell[]): line is readonly Cell[] {
  return Array.isArray(line);
}

function toSpan(cell: Cell): Span {
  return typeof cell === 'string' ? { text: cell } : cell;
}

function harmlessSpan(span: Span): Span {
  return { ...span, text: harmless(span.text) };
}

const quiet = new Set<NodeJS.WriteStream>();

/** One of ours. A reader that has gone ends the process; any other failure is told by the write that it happened to. */
export function ownStream(name: 'stdout' | 'stderr'): NodeJS.WriteStream {
  const stream = process[name];
  if (quiet.has(stream)) return stream;
  quiet.add(stream);
  return stream.on('error', (error) => void (isClosedPipe(error) && process.exit(0)));
}

const printer = createPrinter({
  get stdout() {
    return ownStream('stdout');
  },
  get stderr() {
    return ownStream('stderr');
  },
  env: process.env,
  onClosedPipe: () => process.exit(0),
});

export const { printLine, printTable, printJson, printJsonText, printContents, printOwn, printError } =
  printer;
