import { describe, expect, it } from 'vitest';
import { asked } from '../../../tui/action-menu.ts';
import type { FormContents, FormField } from '../../../tui/actions.ts';
import { withContents, withFilling, withPlan } from '../../../tui/forms.ts';
import { onPointing } from '../../../tui/pointing.ts';
import type { DashboardState } from '../../../tui/state.ts';
import { withFrame } from '../../../tui/update.ts';
import { container, frame, NOW_MS } from './fabricate.ts';
import { FABRICATED_ACTIONS } from './fabricated-actions.ts';
import { effectsOf, MEDIUM, press, screenText, stateOf } from './screen-text.ts';

const FIELDS: readonly FormField[] = [
  { key: 'memory', own: '512M', effective: '512M', used: '487M', hint: 'for instance 1G' },
  { key: 'cpu', own: 'max', effective: '2 by /docker', used: '1.5', hint: 'cores' },
  { key: 'pids', own: 'max', effective: 'max', used: '31', hint: 'tasks' },
];
const CONTENTS: FormContents = {
  fields: FIELDS,
  options: [{ key: 'for', label: 'goes back after', hint: 'a time' }],
  presets: [{ name: 'small', detail: 'memory=256M swap=0' }],
  copies: true,
};
const start: DashboardState = {
  ...stateOf([container('a'), container('b')], MEDIUM),
  actions: FABRICATED_ACTIONS,
};
const asking = press(start, 'f7');
const open = readBy(asking, CONTENTS);

function readBy(state: DashboardState, found: Parameters<typeof withContents>[2]): DashboardState {
  if (state.form === undefined) throw new Error('no form is open');
  return withContents(state, state.form, found);
}

function type(state: DashboardState, text: string): DashboardState {
  return press(state, ...text);
}

it('says at once that it reads, then shows what is set and what holds', () => {
  expect(effectsOf(start, 'f7')).toMatchObject([{ kind: 'read-form', container: { name: 'a' } }]);
  expect(screenText(asking)).toContain('reading…');
  expect(screenText(open)).toMatch(/cpu +max +2 by \/docker +1\.5/);
});

it('takes keys for text, also those that do something elsewhere', () => {
  const typed = type(press(open, 'down'), 'q/f?');
  expect(screenText(typed)).toMatch(/▌ cpu .*q\/f\?/);
  expect(screenText(press(typed, 'backspace', 'C-u'))).not.toContain('q/f');
});

it('plans what was typed and nothing else', () => {
  const typed = press(type(press(type(open, '1G'), 'down'), 'x'), 'backspace', 'down');
  const [effect] = effectsOf(typed, 'enter');
  expect(effect).toMatchObject({ kind: 'plan-form', values: new Map([['memory', '1G']]) });
});

it('without anything typed Enter says what to do', () => {
  expect(effectsOf(open, 'enter')).toEqual([]);
  expect(screenText(press(open, 'enter'))).toContain('nothing typed yet');
});

it('asks before it is done, over the form, which a No comes back to', () => {
  const planning = press(type(open, '1G'), 'enter');
  expect(screenText(planning)).toContain('looking at it');
  expect(press(planning, 'x').form).toBe(planning.form);
  const answered = planBy(planning, { ...action(), question: ['memory.max 512M → 1G'] });
  expect(screenText(answered)).toContain('memory.max 512M → 1G');
  const back = press(answered, 'n');
  expect(screenText(back)).toMatch(/▌ memory .*1G /);
  expect(screenText(back)).toContain('nothing is changed');
  const yes = press(answered, 'y');
  expect(yes.form).toBeUndefined();
  expect(effectsOf(answered, 'y')).toMatchObject([
    { kind: 'act', action: { id: 'limits' }, container: { name: 'a' } },
  ]);
});

it('what would do harm is refused with the reason in the form, and asked about', () => {
  const reason =
    'memory=1M is below the 400M that it uses (450M with file pages): the kernel would kill processes in it';
  const planning = press(type(open, '1M'), 'enter');
  const otherwise = {
    ...action(),
    does: 'set limits of a all the same',
    question: [reason],
    command: 'porthole limit a memory=1M --force',
  };
  const refused = planBy(planning, { refused: reason, otherwise });
  expect(screenText(refused)).toContain('set limits of a all the same?');
  expect(screenText(refused)).toContain('as: porthole limit a memory=1M --force');
  expect(refused.menu?.items[refused.menu.index]?.label).toBe('No');
  const small = { ...press(refused, 'escape'), message: undefined, size: { columns: 80, rows: 24 } };
  expect(screenText(small).replace(/\s+/g, ' ')).toContain('the kernel would kill processes in it');
  const changed = screenText(press(small, 'backspace'));
  expect(changed).toMatch(/▌ memory .*1 /);
  expect(changed).not.toContain('the kernel');
});

it('Tab goes round, also to when it goes back', () => {
  const last = press(open, 'S-tab');
  expect(screenText(last)).toMatch(/▌ .*goes back after/);
  const typed = press(type(last, '10m'), 'tab');
  expect(typed.form?.index).toBe(0);
  const [effect] = effectsOf(type(typed, '1G'), 'enter');
  expect(effect).toMatchObject({
    values: new Map([
      ['for', '10m'],
      ['memory', '1G'],
    ]),
  });
});

describe('filling in', () => {
  const menu = press(open, 'f2');
  const filling = press(menu, 'enter');

  it('offers presets and what other containers have', () => {
    expect(screenText(menu)).toMatch(/▌ small +memory=256M swap=0/);
    expect(screenText(menu)).toMatch(/ as b +docker/);
    expect(menu.menu?.items.map(({ label }) => label)).not.toContain('as a');
    expect(effectsOf(menu, 'enter')).toMatchObject([{ kind: 'fill-form', filling: { preset: 'small' } }]);
    expect(effectsOf(press(menu, 'down'), 'enter')).toMatchObject([
      { filling: { container: { name: 'b' } } },
    ]);
  });

  it('finds by what is typed', () => {
    const found = press(menu, 'a', 's', ' ', 'B');
    expect(found.menu?.items.map(({ label }) => label)).toEqual(['as b']);
    expect(screenText(found)).toContain('Fill in as B');
    expect(effectsOf(found, 'enter')).toMatchObject([{ filling: { container: { name: 'b' } } }]);
    const none = press(found, 'q');
    expect(effectsOf(none, 'enter')).toEqual([]);
    expect(press(none, 'enter').menu?.items).toEqual([]);
    expect(press(none, 'backspace').menu?.items.length).toBe(1);
  });

  it('types the values, which can be changed, and keeps the others', () => {
    const typed = press(type(press(open, 'down', 'down'), '40'), 'f2', 'enter');
    const values = new Map([
      ['memory', '256M'],
      ['swap', '0'],
    ]);
    const filled = fillBy(typed, values);
    expect(filled.form?.contents?.fields.map(({ key }) => key)).toEqual(['memory', 'cpu', 'pids', 'swap']);
    const changed = press(press(filled, 'up', 'up'), 'backspace', 'backspace', '5', 'G');
    expect(effectsOf(changed, 'enter')).toMatchObject([
      {
        values: new Map([
          ['pids', '40'],
          ['memory', '255G'],
          ['swap', '0'],
        ]),
      },
    ]);
  });

  it('that is refused, or left, leaves the form as it was', () => {
    expect(screenText(fillBy(filling, { refused: 'b has no limits' }))).toContain('b has no limits');
    expect(press(menu, 'escape').form).toBe(open.form);
  });
});

it('F5 takes back the last change, where there is one', () => {
  expect(screenText(press(open, 'f5'))).toContain('there is no change to take back');
  expect(screenText(open)).not.toContain('F5 Undo');
  const undo = {
    id: 'undo',
    label: 'undo',
    command: 'porthole limit a --undo',
    first: { kind: 'plan' },
  } as const;
  const has = readBy(asking, { ...CONTENTS, undo });
  expect(screenText(has)).toContain('F5 Undo');
  expect(effectsOf(has, 'f5')).toMatchObject([{ kind: 'plan-action', action: { id: 'undo' } }]);
});

it.each([
  [80, 24],
  [60, 15],
])('at %dx%d the form has its lines, the time and the keys', (columns, rows) => {
  const screen = screenText({ ...open, size: { columns, rows } });
  expect(screen).toMatch(/▌ memory +512M/);
  expect(screen).toContain('goes back after');
  expect(screen).toContain('Enter Look');
  expect(screenText({ ...press(open, 'S-tab'), size: { columns, rows } })).toMatch(/▌ .*goes back after/);
});

it('a press of the mouse on a key of the form is that key', () => {
  const press = { kind: 'press', button: 'left', column: 3, row: 3, double: false } as const;
  expect(onPointing(open, press, { kind: 'key', name: 'f2' }).state.menu?.kind).toBe('fillings');
  expect(onPointing(open, press, { kind: 'key', name: 'escape' }).state.form).toBeUndefined();
});

it('a refused plan leaves what was typed for correction', () => {
  const refused = planBy(press(type(open, 'much'), 'enter'), { refused: 'memory: much is no size' });
  expect(screenText(refused)).toContain('memory: much is no size');
  expect(screenText(press(refused, 'backspace'))).toMatch(/▌ memory .*muc /);
});

it('a form that was left opens no more', () => {
  const left = press(asking, 'escape');
  expect(left.message?.text).toBe('nothing is changed');
  if (asking.form === undefined) throw new Error('no form is open');
  expect(withContents(left, asking.form, CONTENTS)).toBe(left);
  expect(readBy(asking, { refused: 'a has no cgroup of its own' }).message?.text).toContain('no cgroup');
});

it('says so when the container has ended meanwhile', () => {
  const ended = withFrame(type(open, '1G'), frame([container('b')]), NOW_MS);
  expect(effectsOf(ended, 'enter')).toEqual([]);
  expect(screenText(press(ended, 'enter'))).toContain('a has ended; nothing is changed');
});

it('a press of the mouse selects a field; one beside it keeps what was typed', () => {
  const typed = type(open, '1G');
  const press = { kind: 'press', button: 'left', column: 3, row: 3, double: false } as const;
  expect(onPointing(typed, press, { kind: 'field', index: 2 }).state.form?.index).toBe(2);
  expect(onPointing(typed, press, undefined).state.form?.typed.get('memory')?.text).toBe('1G');
});

it('a long text shows its end, where the cursor is', () => {
  const long = type({ ...open, size: { columns: 80, rows: 24 } }, '/dev/vda:rbps=10M,wbps=10M,wiops=200');
  expect(screenText(long)).toMatch(/▌ memory .*….*wiops=200 /);
});

function action() {
  return { id: 'limits', label: 'limits', command: 'porthole limit a memory=1G' };
}

function planBy(state: DashboardState, plan: Parameters<typeof withPlan>[2]): DashboardState {
  if (state.form === undefined) throw new Error('no form is open');
  return withPlan(state, state.form, plan, (next, action) => asked(next, action, container('a')));
}

function fillBy(state: DashboardState, values: Parameters<typeof withFilling>[2]): DashboardState {
  if (state.form === undefined) throw new Error('no form is open');
  return withFilling(state, state.form, values);
}
