/** Commands that are loaded by themselves, and the file of the build that each is in: `attach` is waited for most often. */
export const ACTING_COMMANDS = {
  attach: 'acting-attach.js',
  cat: 'acting.js',
  cp: 'acting.js',
  freeze: 'acting.js',
  kill: 'acting.js',
  limit: 'acting.js',
  thaw: 'acting.js',
} as const;

export type ActingCommand = keyof typeof ACTING_COMMANDS;

/** What each of these files exports. @param name the first of `argv` */
export interface ActingFile {
  actingMain(name: ActingCommand, argv: readonly string[]): Promise<void>;
}

export function isActing(word: string | undefined): word is ActingCommand {
  return word !== undefined && Object.hasOwn(ACTING_COMMANDS, word);
}
