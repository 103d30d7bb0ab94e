import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { buildOnce } from '../../../src/build/bundle.mjs';
import { stackOf } from '../../../src/cli/stack.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

const wordsAt = (frame: string) => {
  const [, file = '', line, column] = /^ {4}at (\S+):(\d+):(\d+)$/.exec(frame) ?? [];
  const text = readFileSync(`${repository}${file}`, 'utf8').split('\n')[Number(line) - 1] ?? '';
  return text.slice(Number(column) - 1);
};

it.each([
  ['a file of its own', 'limit'],
  ['one that answers its shell', 'attach'],
  ['parts of modules', 'inspect'],
])('PORTHOLE_DEBUG=1 says where in the sources: %s', async (_, command) => {
  const run = spawnSync(process.execPath, [await buildOnce(), command, 'no such container'], {
    encoding: 'utf8',
    env: { ...process.env, PORTHOLE_DEBUG: '1' },
  });
  const [line, head, made, thrown] = run.stderr.split('\n');
  expect(line).toMatch(/^porthole: no container matches "no such container"/);
  expect(head).toMatch(/^TargetError: no container matches/);
  expect(wordsAt(made ?? '')).toMatch(/^new TargetError\(/);
  expect(wordsAt(thrown ?? '')).toMatch(/^notFound\(/);
});

it('leaves frames of other programs as they are', () => {
  const error = new Error('x');
  error.stack = [
    'Error: x (/of/no:1:2)',
    '    at named (/elsewhere/other.js:3:4)',
    '    at async file:///elsewhere/other.mjs:5:6',
    '    at node:internal/main/run_main_module:28:49',
  ].join('\n');
  expect(stackOf(error)).toBe(error.stack);
});
