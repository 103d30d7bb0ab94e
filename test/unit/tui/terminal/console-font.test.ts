import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../src/model/width.ts';
import { inConsoleFont } from '../../../../tui/terminal/console-font.ts';

/** Beyond ASCII and Latin letters: drivers/tty/vt/cp437.uni, the rows that a dashboard could want. */
const CONSOLE_FONT = /^[\x20-\x7e·°±²¼½«»•≡≤≥←↑→↓↔↕▀▄█▌▐░▒▓■▬▲►▼◄─│┌┐└┘├┤┬┴┼═║╒╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡╢╣╤╥╦╧╨╩╪╫╬]*$/;
/** Charts of these are not drawn on the console. */
const BRAILLE = /[\u2800-\u28ff]/g;

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** What stands in the sources outside of comments. */
function charactersDrawn(): string {
  const ours = readdirSync(join(root, 'tui'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('console-font.ts'))
    .map((file) => join('tui', file));
  const code = [...ours, 'src/model/format.ts', 'src/model/width.ts'].map((file) =>
    readFileSync(join(root, file), 'utf8').replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, ''),
  );
  const beyondAscii = code
    .join('')
    .replace(/[\x00-\x7e]/g, '')
    .replace(BRAILLE, '');
  return [...new Set(beyondAscii)].join('');
}

describe('on the Linux console', () => {
  it('everything that Porthole draws with is in the font, or has a stand-in that is', () => {
    const drawn = charactersDrawn();
    expect(drawn).toContain('▲');
    for (const character of drawn) {
      expect(inConsoleFont(character), `${character} has no stand-in`).toMatch(CONSOLE_FONT);
      expect(displayWidth(inConsoleFont(character))).toBe(displayWidth(character));
    }
  });

  it.each([
    ['▁▂▃▄▅▆▇█', '__▄▄▄███'],
    ['NAME▾', 'NAME▼'],
    ['–', '-'],
    ['数据库 été', '数据库 été'],
    ['plain text', 'plain text'],
  ])('%s is %s', (text, shown) => {
    expect(inConsoleFont(text)).toBe(shown);
  });
});
