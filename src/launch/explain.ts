/**
 * A program in words, for `--dry-run`: one line per system call, as `strace -f` of the real run prints it, in that order for
 * each of the program's processes. What only the run can tell is in angle brackets. Pure.
 */
import { errnoName } from '../kernel/tables/errno.ts';
import { Slot } from './data.ts';
import type { Processor } from './parameters.ts';
import {
  type Argument,
  type CallOperation,
  EVERY_ERRNO,
  type Operation,
  type Program,
  STATUS_FD,
} from './program.ts';

export interface Line {
  /** Which of the program's processes: `launcher`, and `command` when that is another one. */
  readonly process: string;
  /** The step's label. */
  readonly label: string;
  /** As strace prints it, without the result. */
  readonly call: string;
  /** What may happen instead, in words; empty mostly. */
  readonly note: string;
}

export function explain(program: Program): Line[] {
  return program.operations.flatMap((operation) => {
    const { process, label } = operation;
    return linesOf(operation, program.processor).map(([call, note]) => ({ process, label, call, note }));
  });
}

/** So many calls of one label in a row are told as one. */
const MANY = 50;

/** For people: the lines, and the command that comes closest to them if there is one. */
export function explainText(program: Program, equivalent?: string): string {
  const lines = explain(program);
  const isOneProcess = lines.every(({ process }) => process === lines[0]?.process);
  const text = inRows(lines).map(({ line: { process, call, note }, alike }) => {
    const who = isOneProcess ? '' : `[${process}] `;
    const notes = [note, alike < MANY ? '' : `and ${alike - 1} more like it`].filter((each) => each !== '');
    return `${who}${call}${notes.length === 0 ? '' : `  # ${notes.join('; ')}`}\n`;
  });
  return `${text.join('')}${equivalent === undefined ? '' : `\nmuch the same as: ${equivalent}\n`}`;
}

/** Each line, or the first of many in a row that differ in their arguments alone. */
function inRows(lines: readonly Line[]): { readonly line: Line; readonly alike: number }[] {
  const rows: Line[][] = [];
  for (const line of lines) {
    const last = rows.at(-1);
    const [first] = last ?? [];
    if (first?.label === line.label && first.process === line.process) last?.push(line);
    else rows.push([line]);
  }
  return rows.flatMap((row) =>
    row.length < MANY
      ? row.map((line) => ({ line, alike: 1 }))
      : row.slice(0, 1).map((line) => ({ line, alike: row.length })),
  );
}

type Words = readonly [call: string, note: string];

function linesOf(operation: Operation, processor: Processor): readonly Words[] {
  switch (operation.kind) {
    case 'call':
      return [[callText(operation, processor), ignoredNote(operation)]];
    case 'report':
      return [[`write(${STATUS_FD}, <${operation.label}>, 16)`, 'told to Porthole']];
    case 'pass-on':
      return [
        ['rt_sigtimedwait(~[], <signal>, NULL, 8)', 'each signal is passed on, and SIGCHLD looked into'],
        ['wait4(-1, <status>, WNOHANG|WSTOPPED, NULL)', ''],
        ['exit_group(<status>)', `ends as ${argumentText(operation.child)} ended`],
      ];
    // Arithmetic, jumps and failures make no system call, or none when all goes well.
    case 'jump':
    case 'add':
    case 'fail':
      return [];
  }
}

function callText(operation: CallOperation, processor: Processor): string {
  const { syscall } = operation;
  const values = operation.arguments.map((value) =>
    typeof value === 'number' || typeof value === 'bigint' ? BigInt.asUintN(64, BigInt(value)) : undefined,
  );
  const texts = operation.arguments.map((argument, i) => {
    const value = values[i];
    const parameter = syscall.parameters[i];
    return value === undefined || parameter === undefined
      ? argumentText(argument)
      : parameter(value, processor);
  });
  const all = syscall.words?.(values, texts, processor) ?? texts.join(', ');
  return `${syscall.name}(${all})`;
}

function argumentText(argument: Argument): string {
  if (argument instanceof Slot) return `<${argument.name}>`;
  if (typeof argument === 'number' || typeof argument === 'bigint') return String(argument);
  return argument.text;
}

function ignoredNote({ ignored }: CallOperation): string {
  if (ignored.includes(EVERY_ERRNO)) return 'whatever fails would be no failure';
  return ignored.length === 0 ? '' : `${ignored.map(errnoName).join(', ')} would be no failure`;
}
