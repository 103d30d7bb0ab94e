/** The help screen, made from the key table. */
import { type Block, line } from '../blocks.ts';
import type { Glyphs } from '../glyphs.ts';
import { FORM_KEYS, GROUPS, KEY_TABLE, type KeyBinding, keyLabel } from '../keys.ts';

const KEYS_WIDTH = 30;

export function helpLines(glyphs: Glyphs): Block[] {
  return [...GROUPS.flatMap(groupLines), ...formLines(), ...markLines(glyphs)];
}

function formLines(): Block[] {
  return [
    line({ text: ' In a form', tone: 'strong' }),
    ...FORM_KEYS.map(({ name, does }) =>
      line({ text: `   ${keyLabel(name)}`, width: KEYS_WIDTH }, { text: ` ${does}` }),
    ),
    line(),
  ];
}

function groupLines(group: KeyBinding['group']): Block[] {
  const bindings = KEY_TABLE.filter((binding) => binding.group === group);
  return [
    line({ text: ` ${group}`, tone: 'strong' }),
    ...bindings.map(({ keys, does }) =>
      line({ text: `   ${keys.map(keyLabel).join('  ')}`, width: KEYS_WIDTH }, { text: ` ${does}` }),
    ),
    line(),
  ];
}

function markLines(glyphs: Glyphs): Block[] {
  const marks = [
    [
      glyphs.act,
      'act: it failed or is about to: memory or pids at their limit, OOM kills, an ended init, hard throttling',
    ],
    [
      glyphs.watch,
      'watch: it could: near a limit, throttled, waiting, restarted, frozen; WHY says it in words',
    ],
    [glyphs.inherited, 'after a limit: an ancestor sets it'],
    ['?', 'could not be read; its page says which file and why'],
    [glyphs.absent, 'does not apply, or is not measured yet'],
    [glyphs.folded, 'before the number of rows hidden below this one'],
  ];
  return [
    line({ text: ' Marks', tone: 'strong' }),
    ...marks.map(([mark = '', means = '']) =>
      line({ text: `   ${mark}`, width: KEYS_WIDTH }, { text: ` ${means}` }),
    ),
  ];
}
