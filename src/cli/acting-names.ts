/** Commands that are loaded by themselves, as one file (acting.ts). */
export const ACTING_COMMANDS = ['attach', 'cat', 'cp', 'freeze', 'kill', 'limit', 'thaw'] as const;
