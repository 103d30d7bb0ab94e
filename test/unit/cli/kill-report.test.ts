import { describe, expect, it } from 'vitest';
import type { Killed } from '../../../src/actions/kill/kill.ts';
import { killedLines, notesOf } from '../../../src/cli/kill-report.ts';
import type { Container } from '../../../src/model/host-model.ts';

const TERM = { signal: 'SIGTERM', method: 'pidfd', pids: [41] } as const;
const killed = (more: Partial<Killed> = {}): Killed => ({
  sent: [TERM],
  isDropped: false,
  wasThawed: false,
  isFrozen: false,
  tookMs: 300,
  ...more,
});
const container = { name: 'web' } as Container;

describe('killedLines', () => {
  it.each([
    ['init', false, killed(), ['SIGTERM sent to init of web, sh (41)']],
    ['all', true, killed(), ['SIGTERM sent to 1 process of web']],
    [
      'cgroup.kill',
      true,
      killed({ sent: [{ signal: 'SIGKILL', method: 'cgroup.kill', pids: [41, 42] }] }),
      ['SIGKILL sent to 2 processes of web by cgroup.kill'],
    ],
    [
      'frozen before',
      false,
      killed({ wasThawed: true }),
      ['SIGTERM sent to init of web, sh (41), which was frozen and has been thawed'],
    ],
    [
      'waited for in vain',
      false,
      killed({
        sent: [TERM, { signal: 'SIGKILL', method: 'pidfd', pids: [41, 42] }],
        hasEnded: true,
        tookMs: 10_200,
      }),
      [
        'SIGTERM sent to init of web, sh (41)',
        'it had not ended in time: SIGKILL sent to 2 processes',
        'web has ended after 10.2s',
      ],
    ],
  ])('%s', (_name, all, outcome, lines) =>
    expect(killedLines('web', 'sh (41)', all, outcome)).toEqual(lines),
  );
});

describe('notesOf', () => {
  it('says what the user may not expect, and nothing else', () => {
    expect(notesOf(container, killed(), 15)).toEqual([]);
    expect(notesOf(container, killed({ isDropped: true, isFrozen: true }), 1)).toEqual([
      expect.stringContaining('the kernel drops SIGHUP here: init of web has no handler'),
      'web is frozen: SIGHUP waits until it is thawed',
    ]);
  });
});
