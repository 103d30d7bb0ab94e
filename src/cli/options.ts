/** Options that commands share, and the values they become. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Column } from '../model/column.ts';
import type { ColumnSet } from '../model/column-set.ts';
import type { Container } from '../model/host-model.ts';
import { UsageError } from './exit.ts';
import type { SourceOptions } from './sources.ts';

export interface ListOptions extends SourceOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly headers: boolean;
  readonly sort?: string;
  readonly filter?: string;
  readonly columns?: string;
  readonly watch?: number;
  readonly interval?: number;
  readonly raw?: true;
}

const LEAST_SECONDS = 0.1;
const MOST_SECONDS = 86_400;

export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < LEAST_SECONDS || value > MOST_SECONDS) {
    throw new InvalidArgumentError(`expected seconds from ${LEAST_SECONDS} to ${MOST_SECONDS}.`);
  }
  return value;
}

/** `--proc` and `--sys`, on every command. */
export function addSourceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--proc <dir>', "read this mount of /proc (the host's, from inside a container)").env(
        'HOST_PROC',
      ),
    )
    .addOption(new Option('--sys <dir>', 'read this mount of /sys').env('HOST_SYS'));
}

export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print one JSON document instead of text');
}

/** An option that takes columns: completion offers these words for it. */
export class ColumnsOption extends Option {
  constructor(
    flags: string,
    description: string,
    readonly words: readonly string[],
  ) {
    super(flags, description);
  }
}

/** Its value is one of these words, or a directory. */
export class DirectoryOption extends Option {
  constructor(
    flags: string,
    description: string,
    readonly words: readonly string[],
  ) {
    super(flags, description);
  }
}

/** `keys` and `filter`: what -q prints, and an example, in the words of this list. */
export function addListOptions(
  command: Command,
  { columns }: { readonly columns: readonly { readonly id: string }[] },
  { keys, filter }: { readonly keys: string; readonly filter: string },
): Command {
  const ids = columns.map(({ id }) => id);
  const order = [...ids, ...ids.map((id) => `-${id}`)];
  return addSourceOptions(addJsonOption(command))
    .option('-q, --quiet', `print ${keys} only`)
    .option('--no-headers', 'leave out the header line')
    .addOption(
      new ColumnsOption(
        '--sort <fields>',
        'sort by these columns, numbers biggest first; -mem turns one round',
        order,
      ),
    )
    .option('--filter <expr>', `keep what matches, for example '${filter}'`)
    .addOption(new ColumnsOption('--columns <ids>', 'show these columns, separated by commas', ids))
    .option('-w, --watch <seconds>', 'repeat until interrupted', seconds)
    .option('--interval <seconds>', 'take two samples this far apart, for rates', seconds)
    .option('--raw', 'exact numbers instead of ones for people');
}

/** Every column with what it holds, for --columns, --sort and --filter alike. */
export function columnHelp<Row>({ columns }: ColumnSet<Row>): string {
  const width = Math.max(...columns.map(({ id }) => id.length));
  return `Columns:\n${columns.map(({ id, description }) => `  ${id.padEnd(width)}  ${description}`).join('\n')}`;
}

/** @throws {UsageError} on a column this list does not have */
export function columnsOf<Row>(set: ColumnSet<Row>, list: string | undefined): readonly Column<Row>[] {
  if (list === undefined) return set.usual;
  return list.split(',').map((word) => {
    const id = word.trim();
    const column = set.find(id);
    if (column !== undefined) return column;
    throw new UsageError(
      `--columns: no column ${JSON.stringify(id)}; there are ${set.columns.map((each) => each.id).join(', ')}`,
    );
  });
}

/** A private namespace alone is not a container: shown with -a. */
export function isShown(container: Container, all: boolean): boolean {
  return all || container.kind !== 'sandbox';
}
