/** Options that commands share, and the values they become. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { COLUMNS, DEFAULT_COLUMNS, findColumn } from '../model/columns.ts';
import type { Container } from '../model/host-model.ts';
import { isDirectory, KernelFiles } from '../sys/kernel-files.ts';
import { UsageError } from './exit.ts';

export interface SourceOptions {
  readonly proc?: string;
  readonly sys?: string;
}

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

export function addListOptions(command: Command): Command {
  return addSourceOptions(addJsonOption(command))
    .option('-q, --quiet', 'print keys only')
    .option('--no-headers', 'leave out the header line')
    .option('--sort <fields>', 'sort by these columns, numbers biggest first; -mem turns one round')
    .option('--filter <expr>', "keep what matches, for example 'runtime=docker and mem>100M'")
    .option('--columns <ids>', 'show these columns, separated by commas')
    .option('-w, --watch <seconds>', 'repeat until interrupted', seconds)
    .option('--interval <seconds>', 'take two samples this far apart, for rates', seconds)
    .option('--raw', 'exact numbers instead of ones for people');
}

/** @throws {UsageError} when one is no directory */
export function kernelFiles({ proc, sys }: SourceOptions): KernelFiles {
  return new KernelFiles(trimmed(proc, '--proc') ?? '/proc', trimmed(sys, '--sys') ?? '/sys');
}

function trimmed(directory: string | undefined, option: string): string | undefined {
  if (directory === undefined || directory === '') return undefined;
  if (!directory.startsWith('/')) throw new UsageError(`${option} ${directory}: expected an absolute path`);
  if (!isDirectory(directory)) throw new UsageError(`${option} ${directory}: no such directory`);
  return directory.length > 1 ? directory.replace(/\/+$/, '') : directory;
}

/** @throws {UsageError} on a column nobody knows */
export function columnsOf(list: string | undefined) {
  const ids = list === undefined ? DEFAULT_COLUMNS : list.split(',').map((id) => id.trim());
  return ids.map((id) => {
    const column = findColumn(id);
    if (column !== undefined) return column;
    throw new UsageError(
      `--columns: no column ${JSON.stringify(id)}; there are ${COLUMNS.map((each) => each.id).join(', ')}`,
    );
  });
}

/** A private namespace alone is not a container: shown with -a. */
export function isShown(container: Container, all: boolean): boolean {
  return all || container.kind !== 'sandbox';
}
