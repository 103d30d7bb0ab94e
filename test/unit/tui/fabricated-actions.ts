/** Things that can be done to a made-up container: one asked about, one at once, one that fails. Nothing is changed anywhere. */
import type { Action, ContainerActions } from '../../../tui/actions.ts';

export const FABRICATED_ACTIONS: ContainerActions = {
  of: ({ name, state }): readonly Action[] => [
    state === 'frozen'
      ? { id: 'thaw', label: 'thaw', question: ['cgroup.freeze 1 → 0'], command: `porthole thaw ${name}` }
      : {
          id: 'freeze',
          label: 'freeze',
          question: ['cgroup.freeze 0 → 1'],
          command: `porthole freeze ${name}`,
        },
    { id: 'look', label: 'look', command: `porthole inspect ${name}` },
    { id: 'fail', label: 'fail', command: `porthole fail ${name}` },
    {
      id: 'long',
      label: 'long',
      question: Array.from({ length: 30 }, (_, i) => `line ${i} of what will happen`),
      command: `porthole long ${name}`,
    },
  ],
  run: ({ id, label }, { name }) =>
    Promise.resolve(
      id === 'fail'
        ? { isDone: false, text: `${label} ${name}: refused; nothing changed` }
        : { isDone: true, text: `${label} ${name}: done` },
    ),
};
