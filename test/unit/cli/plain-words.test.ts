import { Command } from 'commander';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { addLimit } from '../../../src/cli/limit.ts';
import { plainLimit } from '../../../src/cli/limit-words.ts';
import { programOf } from '../../../src/cli/program.ts';

vi.stubGlobal('PORTHOLE_VERSION', '0');

/** What commander gives to what a command does; undefined when it refuses the words. */
async function byCommander(add: (program: Command) => void, argv: readonly string[]): Promise<unknown> {
  let given: unknown;
  const program = programOf(
    (all) => {
      add(all);
      for (const command of all.commands)
        command.action((...words: unknown[]) => {
          given = words.filter((word) => !(word instanceof Command));
        });
    },
    () => undefined,
  );
  await program.parseAsync([...argv], { from: 'user' }).catch(() => undefined);
  return given;
}

const word = fc.oneof(
  fc.constantFrom('-q', '--quiet', '-f', '--force', '--json', '--raw', '--dry-run', '--undo', '--history'),
  fc.constantFrom('--persist', '--apply', '--move', '--', '-h', '--help', 'help', '-qf', '-', '--no-quiet'),
  fc.constantFrom('--for', '--for=1m', '1m', '--from', '--interval', '2', '--proc', '/proc', '--quie', '-V'),
  fc.constantFrom('web', '1234', 'pids+=1', 'memory=64M', '', 'limit', '--=', '__proto__', 'toString'),
);

it('plain words of limit are what commander makes of them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (argv) => {
      const plain = plainLimit(argv, {});
      if (plain === undefined) return;
      const { target, words, options } = plain;
      expect(await byCommander(addLimit, ['limit', ...argv])).toEqual([target, words, options]);
    }),
    { numRuns: 2000 },
  );
});

it.each([
  [['-q', 'web', 'pids+=1'], { target: 'web', words: ['pids+=1'], options: { quiet: true } }],
  [['web', '--json'], { target: 'web', words: [], options: { json: true } }],
  [['web', '--', '-x'], { target: 'web', words: ['-x'], options: {} }],
  [[], { target: undefined, words: [], options: {} }],
])('%j are plain', (argv, expected) => {
  expect(plainLimit(argv, {})).toEqual(expected);
});

it.each([
  ['an option with a value', ['web', '--for', '1m']],
  ['an option that there is not', ['web', '--force-it']],
  ['two options in one word', ['web', '-qf']],
  ['help', ['--help']],
  ['what every object has', ['web', '--toString']],
])('%s is left to commander', (_, argv) => {
  expect(plainLimit(argv, {})).toBeUndefined();
});

it.each(['HOST_PROC', 'HOST_SYS'])('where %s sets an option, all is left to commander', (name) => {
  expect(plainLimit(['web'], { [name]: '/host' })).toBeUndefined();
});
