import { describe, expect, it } from 'vitest';
import type { Listing } from '../../../src/live/feed.ts';
import type { Container } from '../../../src/model/host-model.ts';
import type { DashboardState } from '../../../tui/state.ts';
import { wishOf, withFrame } from '../../../tui/update.ts';
import { container, frame, NOW_MS } from './fabricate.ts';
import { listingFor } from './lists/index.ts';
import { press, screenText, stateOf, type } from './screen-text.ts';

const abc = (...list: string[]) => list.map((name) => container(name));
const lineOf = (state: DashboardState) =>
  screenText(state)
    .split('\n')
    .find((line) => line.startsWith('▌'));
const statusOf = (state: DashboardState) => screenText(state).split('\n').at(-2)?.trim();

function next(
  state: DashboardState,
  containers: readonly Container[],
  changed: (listing: Listing) => Listing = (listing) => listing,
): DashboardState {
  const wish = wishOf(state);
  const options = { tick: 1, takenAtMs: NOW_MS };
  const listing = wish === undefined ? undefined : changed(listingFor(wish, containers, options));
  return withFrame(state, { ...frame(containers), ...(listing !== undefined && { listing }) }, NOW_MS);
}

describe('following', () => {
  const anew = container('a', { key: 'docker/a-2' });
  const following = press(stateOf(abc('a', 'b', 'c')), 'F');

  it('selects it again when it comes back, at once or later', () => {
    expect(lineOf(next(following, [...abc('b', 'c'), anew]))).toContain(' a ');
    const ended = next(following, abc('b', 'c'));
    expect(lineOf(ended)).toContain(' b ');
    const back = next(ended, [...abc('b', 'c'), anew]);
    expect(lineOf(back)).toContain(' a ');
    expect(statusOf(back)).toBe('a is back');
  });

  it('lets somebody look at another row meanwhile', () => {
    const elsewhere = press(following, 'down', 'down');
    expect(lineOf(next(elsewhere, abc('a', 'b', 'c')))).toContain(' c ');
  });

  it('ends with the same key', () => {
    const ended = next(next(press(following, 'F'), abc('b', 'c')), [...abc('b', 'c'), anew]);
    expect(lineOf(ended)).toContain(' b ');
  });

  it('takes an open page along', () => {
    const page = next(press(following, 'enter'), abc('b', 'c'));
    expect(screenText(page)).toMatch(/─ a ─ ended/);
    expect(screenText(next(page, [...abc('b', 'c'), anew]))).not.toContain('ended');
  });
});

describe('a row that is no longer shown', () => {
  const processes = next(press(stateOf(abc('a', 'b')), '2'), abc('a', 'b'));
  const idle = (listing: Listing): Listing =>
    listing.kind === 'processes'
      ? { ...listing, rows: listing.rows.map((row) => ({ ...row, cpu: { usageUsec: 1, ratio: 0 } })) }
      : listing;
  const busy = next(press(type(press(processes, '\\'), 'cpu>0'), 'enter'), abc('a', 'b'));

  it('only no longer matches, when it is still there', () => {
    expect(lineOf(busy)).toContain('worker');
    expect(statusOf(next(busy, abc('a', 'b'), idle))).toMatch(/^worker --of \w \(\d+\) no longer matches$/);
  });

  it('has ended when it is not', () => {
    expect(statusOf(next(processes, []))).toMatch(/ended; selected is now/);
    const mounts = next(press(stateOf(abc('a')), '5', 'end'), abc('a'));
    const last = next(press(mounts, 'home', 'down', 'down'), abc('a'));
    expect(statusOf(next(last, []))).toMatch(/^\/var\/lib\S+ is gone; selected is now/);
  });

  it('keeps its open facts fresh', () => {
    const facts = press(busy, 'enter');
    const hidden = next(facts, abc('a', 'b'), idle);
    expect(screenText(hidden)).not.toContain('gone');
    expect(screenText(hidden)).toMatch(/^ cpu +0\.0 *$/m);
    expect(screenText(next(hidden, []))).toContain('gone, last seen before');
  });

  it('is still selected when its list could not be taken once', () => {
    const selected = press(processes, 'end');
    const failed = next(selected, abc('a', 'b'), (listing) => ({ ...listing, rows: [], failed: 'no' }));
    expect(screenText(failed)).toContain('  no');
    expect(lineOf(next(failed, abc('a', 'b')))).toBe(lineOf(selected));
  });
});
