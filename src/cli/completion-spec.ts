/** What the completion scripts need to know about the commands. Types only. */

export interface OptionSpec {
  /** As typed: `-s`, `--signal`. */
  readonly flags: readonly string[];
  readonly takesValue: boolean;
  readonly description: string;
  /** What the value can be; files are offered when this is missing. */
  readonly values?: readonly string[];
  /** The value is a list with commas, as --columns takes. */
  readonly list?: boolean;
  /** Or it is a directory of this host. */
  readonly directories?: boolean;
}

export interface CommandSpec {
  /** Empty for the options that every command takes. */
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** Of the nameless one: options that stand where a command would, and after none. */
  readonly alone?: readonly OptionSpec[];
  /** The first argument is a TARGET. */
  readonly targets: boolean;
  /** Its arguments are files, of the host or as TARGET:PATH. */
  readonly targetPaths?: boolean;
  /** What the arguments after the first begin with: `memory=`. A value follows without a blank. */
  readonly later?: readonly string[];
  /** Words the first argument can be when it is not a TARGET. */
  readonly arguments?: readonly string[];
}
