/** A key as the terminal layer reports it. Types only. */
export interface Key {
  /** The character itself for printable keys, else `up`, `pagedown`, `f5`, `C-c`, `S-f3`, `escape`, `space`. */
  readonly name: string;
  /** What it types into a prompt; undefined for keys that type nothing. */
  readonly text?: string;
  /** Not typed: it means its text and nothing else. */
  readonly isPasted?: true;
}
