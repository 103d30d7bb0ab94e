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
}

export const NO_ACTIONS: ContainerActions = {
  of: () => [],
  run: ({ label }) => Promise.resolve({ isDone: false, text: `${label} is not available` }),
};
