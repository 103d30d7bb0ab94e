/** A list to choose from that stands over the lower part of the screen. Types only. */
import type { Action } from './actions.ts';

export type MenuKind =
  | 'sort'
  | 'columns'
  | 'runtimes'
  | 'theme'
  | 'actions'
  | 'question'
  /** Over a form: what to fill in. */
  | 'fillings'
  /** To read, not to choose from. */
  | 'entries';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  /** Of things that are on or off. */
  readonly isOn?: boolean;
  /** To a menu of its own. */
  readonly leadsOn?: true;
  /** Shown while it is selected. */
  readonly more?: readonly string[];
}

export interface Menu {
  readonly kind: MenuKind;
  readonly title: string;
  /** What is asked, above the items. */
  readonly text: readonly string[];
  readonly items: readonly MenuItem[];
  readonly index: number;
  /** What keys do in it besides moving. */
  readonly hint: string;
  /** Whatever is selected by then, the choice is about this container. */
  readonly about?: MenuSubject;
  /** Only items with this in them are shown. */
  readonly typed?: string;
  /** Where Esc goes back to. */
  readonly parent?: Menu;
}

export interface MenuSubject {
  /** Key of the container. */
  readonly container: string;
  readonly name: string;
  /** That a question is about. */
  readonly action?: Action;
}
