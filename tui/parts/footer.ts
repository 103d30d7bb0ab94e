/** The status line and, below it, the key bar or the prompt that takes its place. */
import { type Block, kept, line, part } from '../blocks.ts';
import type { Form } from '../form.ts';
import { glyphsFor } from '../glyphs.ts';
import { FORM_KEYS, isOn, KEY_TABLE, keyLabel } from '../keys.ts';
import { Last } from '../last.ts';
import { hasBack } from '../navigate.ts';
import { aroundCursor, endOf } from '../prompt.ts';
import {
  type DashboardState,
  listingOf,
  type Prompt,
  type ScreenName,
  screenOf,
  settingsOf,
  viewOf,
} from '../state.ts';

/** Status line and key bar as they were drawn last. */
export class Footer {
  readonly #keys = new Last<Block>();
  readonly #standing = new Last<Block>();

  blocks(state: DashboardState): Block[] {
    return [this.#statusLine(state), this.#lastLine(state)];
  }

  #lastLine(state: DashboardState): Block {
    if (state.prompt !== undefined) return promptLine(state.prompt, state);
    if (state.form !== undefined && state.menu === undefined) return formBar(state.form);
    const [screen, isDeep] = [screenOf(state), hasBack(state)];
    return this.#keys.get([screen, isDeep], () => kept(keyBar(screen, isDeep)));
  }

  /** A message while it is fresh, else what stands in the way of seeing everything. */
  #statusLine(state: DashboardState): Block {
    if (state.message !== undefined) {
      return line({
        text: ` ${state.message.text}`,
        tone: state.message.level === 'error' ? 'act' : 'plain',
      });
    }
    if (state.prompt?.kind === 'filter') {
      return line({
        text: ` for instance: ${examples(state).join('   ')}   an empty filter shows all`,
        tone: 'faint',
      });
    }
    const texts = standing(state);
    const isList = screenOf(state) === 'list' && state.frame !== undefined;
    const place = isList ? position(state) : undefined;
    return this.#standing.get([place, texts.length, ...texts], () => kept(standingLine(texts, place)));
  }
}

function standingLine(texts: readonly string[], place: string | undefined): Block {
  return {
    kind: 'ends',
    gap: 3,
    left: texts.map((text, i) => part(i + 1, { text: ` ${text}`, tone: 'faint' })),
    right: place === undefined ? [] : [part(0, { text: place, tone: 'faint' })],
  };
}

/** What keys do in a form; the others are typed into it. */
function formBar({ contents }: Form): Block {
  const parts = FORM_KEYS.filter(({ has }) => contents !== undefined && has(contents)).map(
    ({ name, word }, rank) => {
      const click = { kind: 'key', name } as const;
      const key = { text: ` ${keyLabel(name)}`, tone: 'strong' as const, click };
      return part(rank, key, { text: ` ${word} `, tone: 'bar' as const, click });
    },
  );
  return { kind: 'ends', gap: 0, left: parts, right: [] };
}

function examples(state: DashboardState): readonly string[] {
  const view = viewOf(state);
  return view.kind === 'table' ? view.filterExamples : [];
}

function position({ rows, selectedKey }: DashboardState): string {
  const index = rows.findIndex(({ key }) => key === selectedKey);
  return `${index + 1}/${rows.length} `;
}

function standing(state: DashboardState): string[] {
  const { filter } = settingsOf(state);
  const filtered = filter === '' ? [] : [`filter: ${filter} (${state.hiddenByFilter} hidden)`];
  const following = state.follows === undefined ? [] : [`following ${state.follows}`];
  const notes = [...(listingOf(state)?.notes ?? []), ...(state.frame?.model.notes ?? [])];
  const more = notes.length > 1 ? ` (and ${notes.length - 1} more)` : '';
  const note = notes[0] === undefined ? [] : [`${notes[0].text}${more}`];
  return [...filtered, ...following, ...note];
}

function keyBar(screen: ScreenName, isDeep: boolean): Block {
  const parts = KEY_TABLE.filter((binding) => isOn(binding, screen)).flatMap(({ keys, bar, command }) => {
    if (bar === undefined || (command === 'back' && !isDeep)) return [];
    const click = { kind: 'command', command } as const;
    const key = { text: ` ${keyLabel(keys[0] ?? '')}`, tone: 'strong' as const, click };
    return [
      part(command === 'back' ? 0 : bar.rank, key, { text: ` ${bar.word} `, tone: 'bar' as const, click }),
    ];
  });
  return { kind: 'ends', gap: 0, left: parts, right: [] };
}

function promptLine(prompt: Prompt, { size, unicode }: DashboardState): Block {
  const [before, under, after] = aroundCursor(prompt);
  const label = prompt.kind === 'search' ? 'Search' : 'Filter';
  const room = size.columns - label.length - PROMPT_MARGIN;
  return {
    kind: 'ends',
    gap: 2,
    left: [
      part(
        0,
        { text: ` ${label}: `, tone: 'strong' },
        { text: endOf(before, room, glyphsFor(unicode).ellipsis) },
        { text: under, tone: 'cursor' },
        { text: after },
      ),
    ],
    right: [part(1, { text: 'Enter ok  Esc cancel ', tone: 'faint' })],
  };
}

/** Label, blanks, and what stands under and after the cursor. */
const PROMPT_MARGIN = 12;
