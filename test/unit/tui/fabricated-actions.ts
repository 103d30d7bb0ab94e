/** Things that can be done to a made-up container: one asked about, one at once, one that fails. Nothing is changed anywhere. */
import type { Action, ContainerActions, FormField } from '../../../tui/actions.ts';

const FIELDS: readonly FormField[] = [
  { key: 'memory', own: '512M', effective: '512M', used: '487M', hint: 'for instance 1G or +20%' },
  { key: 'cpu', own: 'max', effective: '2 by /docker', used: '1.5', hint: 'cores, for instance 1.5' },
  ...Array.from({ length: 20 }, (_, i) => ({
    key: `hugetlb.${i}`,
    own: 'max',
    effective: 'max',
    used: '0',
    hint: 'pages',
  })),
];

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
    { id: 'limits', label: 'limits', command: `porthole limit ${name}`, hasForm: true },
  ],
  form: {
    fields: () => Promise.resolve(FIELDS),
    plan: (action, { name }, values) => {
      const words = [...values].map(([key, value]) => `${key}=${value}`);
      const command = `porthole limit ${name} ${words.join(' ')}`;
      return Promise.resolve(
        values.get('memory') === 'much'
          ? { refused: 'memory: much is no size; for instance 512M' }
          : { ...action, command, question: words.map((word) => `will write ${word}`) },
      );
    },
  },
  run: ({ id, label }, { name }) =>
    Promise.resolve(
      id === 'fail'
        ? { isDone: false, text: `${label} ${name}: refused; nothing changed` }
        : { isDone: true, text: `${label} ${name}: done` },
    ),
};
