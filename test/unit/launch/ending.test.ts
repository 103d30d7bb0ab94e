import { describe, expect, it } from 'vitest';
import {
  commandStatus,
  type Ending,
  StepError,
  statusOfEnding,
  statusOfError,
} from '../../../src/launch/ending.ts';
import { parseMessages } from '../../../src/launch/messages.ts';
import { u32, u64 } from '../../../src/launch/structs.ts';

it.each<[string, Ending, number]>([
  ['a status', { how: 'exited', status: 7 }, 7],
  ['a signal', { how: 'signalled', signal: 'SIGKILL' }, 137],
  ['another one', { how: 'signalled', signal: 'SIGTERM' }, 143],
])('exit status of %s', (_name, ending, status) => expect(statusOfEnding(ending)).toBe(status));

it.each([
  ['execve', 'ENOENT', 127],
  ['execve', 'ENOTDIR', 127],
  ['execveat', 'ENOENT', 127],
  ['execve', 'EACCES', 126],
  ['execve', 'ENOEXEC', 126],
  ['execve', 'E2BIG', 126],
  ['setns', 'ENOENT', 125],
  ['', 'EACCES', 125],
])('%s: %s is %i', (syscall, errno, status) => {
  expect(statusOfError(new StepError('attach', 'step', 'web', errno, 'nothing was changed', syscall))).toBe(
    status,
  );
});

it('what failed counts more than how its process ended', () => {
  const error = new StepError('attach', 'step', 'web', 'ENOENT', 'nothing was changed', 'execve');
  const ended = { how: 'exited', status: 125 } as const;
  expect(commandStatus({ ok: false, error }, ended)).toBe(127);
  expect(commandStatus({ ok: true }, ended)).toBe(125);
});

it('a failed step reads: operation, target, step, errno, state', () => {
  const error = new StepError('attach', 'setns(user)', 'web', 'EPERM', 'nothing was changed', 'setns');
  expect(error.message).toBe('attach web: setns(user): operation not permitted (EPERM); nothing was changed');
});

describe('messages', () => {
  const message = (step: number, what: number, value: number) =>
    Buffer.concat([u32(step), u32(what), u64(value)]);
  const whole = Buffer.concat([message(3, 2, 4711), message(5, 1, 1)]);

  it('are failures and reports', () => {
    expect(parseMessages(whole).messages).toEqual([
      { what: 'reported', step: 3, value: 4711 },
      { what: 'failed', step: 5, errno: 1 },
    ]);
  });

  it('may come in pieces, cut anywhere', () => {
    for (let cut = 0; cut <= whole.length; cut++) {
      const first = parseMessages(whole.subarray(0, cut));
      const second = parseMessages(Buffer.concat([first.rest, whole.subarray(cut)]));
      expect([...first.messages, ...second.messages]).toEqual(parseMessages(whole).messages);
    }
  });

  it('that mean nothing are an error', () => {
    expect(() => parseMessages(message(0, 9, 0))).toThrow('means nothing');
  });
});
