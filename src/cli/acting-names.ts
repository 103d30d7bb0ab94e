/**
 * The commands that act on one container, and the file of the build that each is in, without what lists and screens need: who runs
 * one waits for its start longer than for what it does. Each is in commands.ts too, for help and completion.
 */
export const ACTING_COMMANDS = {
  attach: 'acting-attach.js',
  cat: 'acting-files.js',
  cp: 'acting-files.js',
  freeze: 'acting-freeze.js',
  kill: 'acting-kill.js',
  limit: 'acting-limit.js',
  thaw: 'acting-freeze.js',
} as const;

export type ActingCommand = keyof typeof ACTING_COMMANDS;

/** What each of these files exports. */
export interface ActingFile {
  actingMain(argv: readonly string[]): Promise<void>;
}

export function isActing(word: string | undefined): word is ActingCommand {
  return word !== undefined && Object.hasOwn(ACTING_COMMANDS, word);
}
