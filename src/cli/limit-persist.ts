/** `--persist` and `--apply`: what makes limits last, printed or done. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ActionError } from '../kernel/errors.ts';
import type { FoundTarget } from '../live/find-target.ts';
import { type KeptContainer, type Persistence, persistence } from '../model/limits/persist.ts';
import type { LimitRow } from '../model/limits/view.ts';
import { shellWord } from '../model/shell-word.ts';
import { errnoOf } from '../sys/failure.ts';
import type { LimitWords } from './limit-words.ts';
import { printError, printLine } from './print.ts';

export interface Lasting {
  readonly document: { readonly persist: Persistence & { readonly applied: boolean } };
  print(): Promise<void>;
}

export function keptContainer({ container }: Pick<FoundTarget, 'container'>): KeptContainer {
  const { name, runtime, id, cgroup } = container;
  return {
    name,
    runtime,
    ...(id !== undefined && { id }),
    cgroupPaths: Object.values(cgroup.paths),
    hasSystemd: existsSync('/run/systemd/system'),
  };
}

/** @throws {ActionError} when a command of `--apply` fails; the limits themselves stay as they are */
export async function persist(
  { found, options }: { readonly found: FoundTarget; readonly options: LimitWords },
  all: readonly LimitRow[],
  rows: readonly LimitRow[],
): Promise<Lasting> {
  const container = keptContainer(found);
  const lasting = persistence(container, rows, all);
  const applied = options.apply === true && lasting.commands.length > 0;
  if (applied) await runPersistent(container.name, lasting.commands);
  return {
    document: { persist: { ...lasting, applied } },
    async print() {
      for (const command of lasting.commands)
        await printLine(`${applied ? 'done' : 'to make it last'}: ${command.map(shellWord).join(' ')}`);
      if (lasting.config !== undefined) {
        await printLine(`to make it last, write into ${lasting.config.file}:`);
        for (const line of lasting.config.lines) await printLine(`  ${line}`);
      }
      for (const note of lasting.notes) await printError(`limit: ${note}`);
      if (options.apply === true && !applied)
        await printError('limit: --apply has done nothing: there is no command that makes it last');
    },
  };
}

/** One after the other. @throws {ActionError} when one fails */
export async function runPersistent(name: string, commands: Persistence['commands']): Promise<void> {
  for (const command of commands) await done(name, command);
}

async function done(name: string, [program = '', ...words]: readonly string[]): Promise<void> {
  const leftAs = 'the limits are set, but will not last';
  await new Promise<void>((resolve, reject) => {
    execFile(program, words, (error, _stdout, stderr) => {
      if (error === null) return resolve();
      const said = stderr.trim().split('\n').at(-1) ?? '';
      const step = `${program} ${words[0] ?? ''}${said === '' ? '' : ` said ${JSON.stringify(said)}`}`;
      reject(
        new ActionError('limit --persist', step, name, errnoOf(error) ?? 'EIO', leftAs, { cause: error }),
      );
    });
  });
}
