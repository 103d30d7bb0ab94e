/**
 * The screens in README.md and docs/ are what the dashboard draws, and the table of keys is the key table. `npm run screens`
 * writes both; without it this fails where they differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { KEY_TABLE, type KeyBinding, keyLabel } from '../../tui/keys.ts';
import { startHarness, useHarness } from '../unit/tui/in-terminal.ts';
import { bytesOf } from '../unit/tui/keystrokes.ts';

useHarness();

interface Screen {
  readonly size: readonly [columns: number, rows: number];
  readonly keys: readonly (readonly [key: string, shows: string | RegExp])[];
}

const LIST = ['home', '▌!checkout-api'] as const;
const SCREENS: Readonly<Record<string, Screen>> = {
  containers: { size: [120, 32], keys: [LIST] },
  page: { size: [120, 40], keys: [LIST, ['enter', '1Page']] },
  limits: {
    size: [120, 40],
    keys: [LIST, ['f7', '▌ memory'], ['1', /▌ memory .* 1$/m], ['G', /▌ memory .* 1G$/m], ['down', '▌ cpu']],
  },
  namespaces: { size: [120, 20], keys: [LIST, ['3', '▌ user 4026531837']] },
};

const FILES = ['README.md', 'docs/dashboard.md'];

it.each(FILES)('%s', async (name) => {
  const path = fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const text = readFileSync(path, 'utf8');
  const drawn = await withScreens(withKeys(text));
  if (process.env['WRITE_SCREENS'] === '1') writeFileSync(path, drawn);
  else expect(drawn, 'npm run screens writes it anew').toBe(text);
});

async function withScreens(text: string): Promise<string> {
  let drawn = text;
  for (const [, id = ''] of text.matchAll(/^<!-- screen (\S+) -->$/gm)) {
    const screen = SCREENS[id];
    if (screen === undefined) throw new Error(`there is no screen ${id}`);
    drawn = between(drawn, `screen ${id}`, 'screen', `\`\`\`\n${await draw(screen)}\n\`\`\``);
  }
  return drawn;
}

async function draw({ size: [columns, rows], keys }: Screen): Promise<string> {
  const args = ['--silent', '--past', '120', '--interval', '1000'];
  const terminal = startHarness(args, { columns, rows, env: { TZ: 'UTC' } });
  await terminal.waitForText('F1 Help');
  for (const [key, shows] of keys) {
    terminal.type(bytesOf(key));
    const isThere = (text: string) => (typeof shows === 'string' ? text.includes(shows) : shows.test(text));
    await terminal.waitForScreen(isThere, String(shows));
  }
  return (await terminal.settled()).map(withUsualCost).join('\n');
}

const SAMPLING = /^(?<left> .*?\S) {3,}(?<looking>\S.*?)self \S+ \S+ \S+ {2}(?<clock>\d\d:\d\d:\d\d)$/;

/** What drawing took this time is of no interest, and never the same. */
function withUsualCost(line: string): string {
  const found = SAMPLING.exec(line)?.groups;
  if (found === undefined) return line;
  const { left = '', looking = '', clock = '' } = found;
  return left + `${looking}self 0.6% 3ms 84M  ${clock}`.padStart(line.length - left.length);
}

function withKeys(text: string): string {
  if (!text.includes('<!-- keys -->')) return text;
  const rows = KEY_TABLE.map(
    (binding) =>
      `| ${binding.keys.map((key) => `\`${keyLabel(key)}\``).join(' ')} | ${binding.does} | ${where(binding)} |`,
  );
  return between(text, 'keys', 'keys', ['| keys | what | where |', '|---|---|---|', ...rows].join('\n'));
}

function where({ on }: KeyBinding): string {
  if (on === undefined) return 'everywhere';
  return on.includes('page') ? 'lists, pages' : 'lists';
}

/** Text between two comments replaced. */
function between(text: string, from: string, to: string, content: string): string {
  const start = `<!-- ${from} -->\n`;
  const end = `<!-- /${to} -->`;
  const at = text.indexOf(start);
  const until = text.indexOf(end, at);
  if (at === -1 || until === -1) throw new Error(`no ${start}… ${end}`);
  return `${text.slice(0, at + start.length)}${content}\n${text.slice(until)}`;
}
