/** A text as one word of a command line, as any POSIX shell reads it. Pure. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : inQuotes(text);
}

/** The same, always in quotes. */
export function inQuotes(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const PLAIN = /^[\w@%+=:,./-]+$/;
