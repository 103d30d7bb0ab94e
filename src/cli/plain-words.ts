/**
 * Words of a command that stand for what they say: options without a value, written out, and what is none. That is how commands
 * are mostly written, and to load commander for it takes longer than to do it. Whatever else there is (values, several letters in
 * one word, help, mistakes) is for commander: test/unit/cli/plain-words.test.ts holds both side by side.
 */

export interface PlainWords<Options> {
  /** Neither options nor `--`. */
  readonly operands: readonly string[];
  readonly options: Options;
}

/**
 * @param argv what follows the command
 * @param flags which option each word sets to true
 * @returns undefined when a word is of another kind, or the surroundings set an option
 */
export function plainWords<Flag extends string>(
  argv: readonly string[],
  flags: Readonly<Record<string, Flag>>,
  env: Readonly<Record<string, string | undefined>>,
): PlainWords<Partial<Record<Flag, true>>> | undefined {
  if (env['HOST_PROC'] !== undefined || env['HOST_SYS'] !== undefined) return undefined;
  const operands: string[] = [];
  const options: Partial<Record<Flag, true>> = {};
  for (const [index, word] of argv.entries()) {
    if (word === '--') return { operands: [...operands, ...argv.slice(index + 1)], options };
    if (!word.startsWith('-')) {
      operands.push(word);
      continue;
    }
    const flag = Object.hasOwn(flags, word) ? flags[word] : undefined;
    if (flag === undefined) return undefined;
    options[flag] = true;
  }
  return { operands, options };
}
