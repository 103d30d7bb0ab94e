import { closeSync, constants, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { answers } from '../../../src/sys/answers.ts';

it.each([
  ['a directory', '/'],
  ['what is none', '/etc/passwd'],
  ['what is not there', '/no/such/place'],
])('%s answers', (_, path) => {
  expect(answers(path)).toBe(true);
});

it('by a descriptor of ours', () => {
  const fd = openSync('/', constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    expect(answers(`/proc/${process.pid}/fd/${fd}/etc`)).toBe(true);
  } finally {
    closeSync(fd);
  }
});
