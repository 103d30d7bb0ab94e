/**
 * What the Linux console shows of the characters that Porthole draws with. The kernel's own font is that of code page 437:
 * half blocks but no eighths, two triangles, no dashes; what is missing appears as a square. Larger fonts are loaded by many
 * distributions, but which one cannot be asked. So each missing character has one of the font in its place, of one
 * column like itself.
 * @see drivers/tty/vt/cp437.uni
 */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['–', '-'],
  ['…', '~'],
  ['›', '»'],
  ['▁', '_'],
  ['▂', '_'],
  ['▃', '▄'],
  ['▅', '▄'],
  ['▆', '█'],
  ['▇', '█'],
  ['▴', '▲'],
  ['▾', '▼'],
  ['▸', '►'],
]);

const MISSING = new RegExp(`[${[...INSTEAD.keys()].join('')}]`, 'g');

export function inConsoleFont(text: string): string {
  return text.replace(MISSING, (character) => INSTEAD.get(character) ?? character);
}
