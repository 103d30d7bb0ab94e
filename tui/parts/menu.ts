/** A menu over the lower part of the body: title, what is asked, the items around the selected one, and what keys do. */
import { type Block, type Cell, line, part } from '../blocks.ts';
import type { Glyphs } from '../glyphs.ts';
import type { Menu, MenuItem } from '../menu.ts';

const LABEL_WIDTH = 26;
const RULES = 2;
const ANSWERS = 2;

/** At most `rows` lines. */
export function menuBlocks(menu: Menu, rows: number, glyphs: Glyphs): Block[] {
  const texts = fitting(menu, rows - RULES, glyphs).map((text) => line({ text: `  ${text}` }));
  const room = Math.max(1, rows - RULES - texts.length);
  const top = Math.max(0, Math.min(menu.index - Math.floor(room / 2), menu.items.length - room));
  const shown = menu.items.slice(top, top + room);
  const place =
    menu.items.length > room
      ? [part(2, { text: `${menu.index + 1}/${menu.items.length}`, tone: 'faint' })]
      : [];
  return [
    { kind: 'rule', parts: [part(0, { text: menu.title, tone: 'strong' }), ...place] },
    ...texts,
    ...shown.map((item, i) => itemBlock(item, top + i, menu, glyphs)),
    { kind: 'rule', parts: [part(0, { text: menu.hint, tone: 'faint' })] },
  ];
}

/** What is asked must leave the answers their room. */
function fitting({ text, items }: Menu, rows: number, glyphs: Glyphs): readonly string[] {
  const room = Math.max(1, rows - Math.min(items.length, ANSWERS));
  if (text.length <= room) return text;
  return [...text.slice(0, room - 1), `${glyphs.more} and ${text.length - room + 1} lines more`];
}

function itemBlock(item: MenuItem, index: number, menu: Menu, glyphs: Glyphs): Block {
  const selected = index === menu.index;
  const click = { kind: 'menu', index } as const;
  const mark = item.isOn === undefined ? '' : item.isOn ? '[x] ' : '[ ] ';
  const cells: Cell[] = [
    { text: selected ? glyphs.selected : ' ', width: 2, click },
    { text: `${mark}${item.label}`, width: LABEL_WIDTH, click },
    { text: ` ${item.detail}`, tone: 'faint', click },
  ];
  return { kind: 'cells', cells, selected };
}
