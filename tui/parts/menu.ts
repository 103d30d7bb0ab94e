/** A menu over the lower part of the body: title, what is asked, the items around the selected one, and what keys do. */
import { type Block, type Cell, line, part } from '../blocks.ts';
import type { Glyphs } from '../glyphs.ts';
import type { Menu, MenuItem } from '../menu.ts';
import { wrap } from '../wrap.ts';

const LABEL_WIDTH = 26;
const RULES = 2;
const INDENT = 2;
/** At least No and Yes. */
const ANSWERS = 2;

/** At most `rows` lines. */
export function menuBlocks(menu: Menu, rows: number, width: number, glyphs: Glyphs): Block[] {
  const more = moreLines(menu, rows - RULES);
  const texts = fitting(menu, rows - RULES, width, glyphs).map((text) => line({ text: `  ${text}` }));
  const room = Math.max(1, rows - RULES - texts.length - more.length);
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
    ...more,
    { kind: 'rule', parts: [part(0, { text: menu.hint, tone: 'faint' })] },
  ];
}

const MOST_MORE = 6;

/** About the selected item; as many lines whichever that is, so that the list stays where it is. */
function moreLines({ items, index }: Menu, rows: number): Block[] {
  const most = Math.min(
    MOST_MORE,
    Math.floor(rows / 2),
    Math.max(0, ...items.map(({ more = [] }) => more.length)),
  );
  const more = items[index]?.more ?? [];
  return Array.from({ length: most }, (_, i) => {
    const isCut = i === most - 1 && more.length > most;
    return line({ text: `    ${isCut ? `and ${more.length - i} more` : (more[i] ?? '')}` });
  });
}

/** What is asked must leave the answers their room. */
function fitting(
  { text: said, items }: Menu,
  rows: number,
  width: number,
  glyphs: Glyphs,
): readonly string[] {
  const room = Math.max(1, rows - Math.min(items.length, ANSWERS));
  const text = said.flatMap((each) => wrap(each, width - INDENT));
  if (text.length <= room) return text;
  return [...text.slice(0, room - 1), `${glyphs.more} and ${text.length - room + 1} lines more`];
}

function itemBlock(item: MenuItem, index: number, menu: Menu, glyphs: Glyphs): Block {
  const selected = index === menu.index;
  const click = { kind: 'menu', index } as const;
  const mark = item.isOn === undefined ? '' : item.isOn ? '[x] ' : '[ ] ';
  const cells: Cell[] = [
    { text: selected ? glyphs.selected : ' ', width: 2, click },
    {
      text: `${mark}${item.label}${item.leadsOn === true ? ` ${glyphs.into}` : ''}`,
      width: LABEL_WIDTH,
      click,
    },
    { text: ` ${item.detail}`, tone: 'faint', click },
  ];
  return { kind: 'cells', cells, selected };
}
