/**
 * The one narrow port through which the dashboard changes the host: what can be done to a container, and doing it. The
 * dashboard knows no action itself; whoever starts it says what there is. Types only.
 */
import type { Container } from '../src/model/host-model.ts';

export interface Action {
  readonly id: string;
  /** As it stands in the menu: `freeze`. */
  readonly label: string;
  /** In the question, where the label and the container's name would not do: `set limits of web by force`. */
  readonly does?: string;
  /** What will happen, line by line; asked before it is done. Without it the action changes nothing and is done at once. */
  readonly question?: readonly string[];
  /** More that can be answered than yes and no. */
  readonly answers?: readonly Answer[];
  /** The command line that does the same. */
  readonly command: string;
  /** Needs the terminal for itself while it runs, as a shell does. */
  readonly takesTerminal?: true;
  /** What is to be done before it is asked about or done; nothing when left out. */
  readonly first?: FirstStep;
}

export type FirstStep =
  /** A menu of its own to choose from. */
  | { readonly kind: 'choose'; readonly title: string; readonly from: readonly Action[] }
  /** A form: what is typed there makes the action that is asked about and done. */
  | { readonly kind: 'form'; readonly title: string }
  /** The look that says what it will do. */
  | { readonly kind: 'plan' }
  /** Nothing comes after it: a list is shown. */
  | { readonly kind: 'list' };

/** A way to say yes to something else than what was asked. */
export interface Answer {
  /** That gives it: a letter. */
  readonly key: string;
  readonly label: string;
  readonly detail: string;
  readonly action: Action;
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

/** Something about the change, not a thing that is set: `goes back after`. */
export interface FormOption {
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  /** Stands there from the start. */
  readonly text?: string;
}

/** A named set of values to fill in. */
export interface Preset {
  readonly name: string;
  /** `memory=256M cpu=0.5` */
  readonly detail: string;
}

export interface FormContents {
  readonly fields: readonly FormField[];
  readonly options: readonly FormOption[];
  readonly presets: readonly Preset[];
  /** Values of another container can be filled in as well. */
  readonly copies: boolean;
  /** Takes back what was done before; where there is something. */
  readonly undo?: Action;
}

export type Filling = { readonly preset: string } | { readonly container: Container };

/** What cannot be done, and why. Nothing is changed. */
export interface Refusal {
  readonly refused: string;
  /** What can be done instead, or all the same; it is asked about. */
  readonly otherwise?: Action;
}

/** Something that was done, for a list. */
export interface Entry {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  /** About the one that is selected. */
  readonly more: readonly string[];
}

/** What is looked up before an action. Never rejects, changes nothing. */
export interface ActionLooks {
  /** The form, as things are now. */
  form(action: Action, container: Container): Promise<FormContents | Refusal>;
  /** Values by key, also of fields that the form does not have yet. */
  fill(
    action: Action,
    container: Container,
    filling: Filling,
  ): Promise<ReadonlyMap<string, string> | Refusal>;
  /** @param values what was typed, by key; the action that comes back says what it will write */
  plan(action: Action, container: Container, values: ReadonlyMap<string, string>): Promise<Action | Refusal>;
  list(action: Action, container: Container): Promise<readonly Entry[] | Refusal>;
}

/** For the status line. */
export interface Outcome {
  readonly isDone: boolean;
  readonly text: string;
  /** Of what was not done: what can be done instead; it is asked about. */
  readonly otherwise?: Action;
}

export interface ContainerActions {
  /** Those that exist and apply to it now. */
  of(container: Container): readonly Action[];
  /** Checks again that the container is the one that was chosen. Never rejects: what went wrong is an outcome. */
  run(action: Action, container: Container): Promise<Outcome>;
  readonly looks?: ActionLooks;
}

export const NO_ACTIONS: ContainerActions = {
  of: () => [],
  run: ({ label }) => Promise.resolve({ isDone: false, text: `${label} is not available` }),
};
