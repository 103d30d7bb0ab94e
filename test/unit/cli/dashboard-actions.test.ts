import { expect, it } from 'vitest';
import { containerActions } from '../../../src/cli/dashboard-actions.ts';
import type { Container } from '../../../src/model/host-model.ts';
import { KernelFiles } from '../../../src/sys/kernel-files.ts';

// Of a container these actions ask for name and state.
const container = (name: string, state: Container['state']) => ({ name, state }) as Container;
const actions = containerActions(new KernelFiles());

it.each([
  ['web', 'porthole attach web'],
  ['a b', "porthole attach 'a b'"],
  ["it's $(id)", "porthole attach 'it'\\''s $(id)'"],
])('a shell in %s, as a command line for a shell', (name, command) => {
  expect(actions.of(container(name, 'running'))).toEqual([
    { id: 'shell', label: 'shell', command, takesTerminal: true },
  ]);
});

it('none where nothing runs any more, and none in copies of /proc', () => {
  expect(actions.of(container('web', 'exited'))).toEqual([]);
  expect(actions.of(container('web', 'exited-init'))).toEqual([]);
  const elsewhere = containerActions(new KernelFiles('/host/proc', '/host/sys'));
  expect(elsewhere.of(container('web', 'running'))).toEqual([]);
});
