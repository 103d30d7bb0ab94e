import { expect, it } from 'vitest';
import type { FormField } from '../../../tui/actions.ts';
import { withFields, withPlan } from '../../../tui/forms.ts';
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
const start: DashboardState = {
  ...stateOf([container('a'), container('b')], MEDIUM),
  actions: FABRICATED_ACTIONS,
};
const asking = press(start, 'f7');
const open = readBy(asking, FIELDS);

function readBy(state: DashboardState, fields: Parameters<typeof withFields>[2]): DashboardState {
  if (state.form === undefined) throw new Error('no form is open');
  return withFields(state, state.form, fields);
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

it('asks before it is done, and does what was planned', () => {
  const planning = press(type(open, '1G'), 'enter');
  expect(screenText(planning)).toContain('looking at it');
  expect(press(planning, 'x').form).toBe(planning.form);
  const answered = planBy(planning, { ...action(), question: ['memory.max 512M → 1G'] });
  expect(answered.form).toBeUndefined();
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
  expect(withFields(left, asking.form, FIELDS)).toBe(left);
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
  expect(onPointing(typed, press, { kind: 'menu', index: 2 }).state.form?.index).toBe(2);
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
  return withPlan(state, state.form, plan, (next) => next);
}
