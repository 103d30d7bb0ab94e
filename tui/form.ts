/** A form over the lower part of the screen: a line for each thing that can be set, and what is typed there. Types only. */
import type { Action, FormContents } from './actions.ts';
import type { MenuSubject } from './menu.ts';

/** Text with a cursor in it. */
export interface TypedLine {
  readonly text: string;
  /** Index into `text`, in UTF-16 units, never inside a character. */
  readonly cursor: number;
}

export interface Form {
  /** The form of which action, on which container. */
  readonly action: Action;
  readonly about: MenuSubject;
  /** Undefined while it is being read. */
  readonly contents: FormContents | undefined;
  /** What was typed, by key of the field; empty ones stay as they are. */
  readonly typed: ReadonlyMap<string, TypedLine>;
  /** Of the fields, then of the options. */
  readonly index: number;
  /** What was typed is being looked at, or filled in: no key changes it meanwhile. */
  readonly isBusy: boolean;
  /** Why what was typed cannot be done. */
  readonly refused: string | undefined;
}
