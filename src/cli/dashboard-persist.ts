/** Making limits last from the dashboard: the commands that do it, asked about and run. Behind its port. */
import type { Action, Refusal } from '../../tui/actions.ts';
import { showLimits } from '../actions/limit/index.ts';
import type { Container } from '../model/host-model.ts';
import { isSetLimit, type Persistence, persistence } from '../model/limits/persist.ts';
import { shellWord } from '../model/shell-word.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { hostOf } from './dashboard-limits.ts';
import { keptContainer, runPersistent } from './limit-persist.ts';

interface PersistAction extends Action {
  readonly commands: Persistence['commands'];
}

/** With the commands for all limits that are set now. @throws what `showLimits` throws */
export function planPersistAction(
  files: KernelFiles,
  action: Action,
  container: Container,
): PersistAction | Refusal {
  const { rows } = showLimits(hostOf(files), container);
  const set = rows.filter(isSetLimit);
  if (set.length === 0) return { refused: `${container.name} has no limits that could be made to last` };
  const { commands, config, notes } = persistence(keptContainer({ container }), set, rows);
  if (commands.length === 0) {
    const lines = config === undefined ? [] : [`write into ${config.file}: ${config.lines.join('; ')}`];
    return { refused: ['no command makes them last', ...lines, ...notes].join('; ') };
  }
  return {
    id: action.id,
    label: action.label,
    does: `make limits of ${container.name} last`,
    question: [...commands.map(commandLine), ...notes],
    command: action.command,
    commands,
  };
}

/** What was run. @throws {ActionError} */
export async function runPersistAction(action: Action, { name }: Container): Promise<string> {
  if (!isPlanned(action)) throw new Error('what makes limits last was not planned');
  await runPersistent(name, action.commands);
  return `${name}: its limits last: ${action.commands.map(commandLine).join('; ')}`;
}

function isPlanned(action: Action): action is PersistAction {
  return 'commands' in action;
}

function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
