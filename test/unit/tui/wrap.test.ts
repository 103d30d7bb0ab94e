import { expect, it } from 'vitest';
import { wrap } from '../../../tui/wrap.ts';

it.each([
  ['short', 10, ['short']],
  ['', 10, ['']],
  ['one two three', 8, ['one two', 'three']],
  ['/sys/fs/cgroup/a', 6, ['/sys/f', 's/cgro', 'up/a']],
  ['a /sys/fs/cgroup', 8, ['a', '/sys/fs/', 'cgroup']],
  ['数据库数据', 5, ['数据', '库数', '据']],
  ['数', 1, ['数']],
])('%j in %i columns', (text, width, expected) => {
  expect(wrap(text, width)).toEqual(expected);
});
