/**
 * The one narrow port through which the dashboard changes the host: what can be done to a container, and doing it. The
 * dashboard knows no action itself; whoever starts it says what there is. Types only.
 */
import type { Container } from '../src/model/host-model.ts';

export interface Action {
  readonly id: string;
  /** As it stands in the menu: `freeze`. */
  readonly label: string;
  /** What will happen, line by line; asked before it is done. Without it the action changes nothing and is done at once. */
  readonly question?: readonly string[];
  /** The command line that does the same. */
  readonly command: string;
  /** Needs the terminal for itself while it runs, as a shell does. */
  readonly takesTerminal?: true;
  /** Asks first what to set, in a form; what is typed there makes the action that is asked about and done. */
  readonly hasForm?: true;
}

/** One thing that can be set. Texts as they stand on the screen. */
export interface FormField {
  /** As on the command line: `memory`. */
  readonly key: string;
  /** What is set now. */
  readonly own: string;
  /** What holds, and whose doing it is when it is not its own: `1G by /docker`. */
  readonly effective: string;
  readonly used: string;
  /** What may be typed, for instance; and what stands in the way. */
  readonly hint: string;
}

/** What cannot be done, and why. Nothing is changed. */
export interface Refusal {
  readonly refused: string;
}

/** Behind an action that has a form. Never rejects. */
export interface ActionForm {
  /** As it is now. */
  fields(action: Action, container: Container): Promise<readonly FormField[] | Refusal>;
  /** @param values what was typed, by key; the action that comes back says what it will write. Changes nothing. */
  plan(action: Action, container: Container, values: ReadonlyMap<string, string>): Promise<Action | Refusal>;
}

/** For the status line. */
export interface Outcome {
  readonly isDone: boolean;
  readonly text: string;
}

export interface ContainerActions {
  /** Those that exist and apply to it now. */
  of(container: Container): readonly Action[];
  /** Checks again that the container is the one that was chosen. Never rejects: what went wrong is an outcome. */
  run(action: Action, container: Container): Promise<Outcome>;
  readonly form?: ActionForm;
}

export const NO_ACTIONS: ContainerActions = {
  of: () => [],
  run: ({ label }) => Promise.resolve({ isDone: false, text: `${label} is not available` }),
};
