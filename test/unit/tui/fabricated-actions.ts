/** Things that can be done to a made-up container: one asked about, one at once, one that fails. Nothing is changed anywhere. */
import type { Action, ContainerActions, FormField, Outcome } from '../../../tui/actions.ts';

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
    {
      id: 'limits',
      label: 'limits',
      command: `porthole limit ${name}`,
      first: { kind: 'form', title: `limits of ${name}` },
    },
    undoOf(name),
    { id: 'history', label: 'history', command: `porthole limit ${name} --history`, first: { kind: 'list' } },
    {
      id: 'signals',
      label: 'signal',
      command: `porthole kill ${name}`,
      first: { kind: 'choose', title: `Signal to ${name}`, from: [signalOf(name)] },
    },
    {
      id: 'nap',
      label: 'freeze for a time',
      command: `porthole freeze ${name} --for TIME`,
      first: { kind: 'form', title: `freeze ${name} for a time` },
    },
  ],
  looks: {
    form: ({ id }, { name }) =>
      Promise.resolve(
        id === 'nap'
          ? { fields: [], options: [{ ...GOES_BACK, text: '30s' }], presets: [], copies: false }
          : { fields: FIELDS, options: [GOES_BACK], presets: PRESETS, copies: true, undo: undoOf(name) },
      ),
    fill: (_action, _container, filling) =>
      Promise.resolve(
        'preset' in filling
          ? new Map([
              ['memory', '256M'],
              ['swap', '0'],
            ])
          : { refused: `${filling.container.name} has no limits` },
      ),
    plan: (action, { name }, values) => {
      if (action.id === 'undo')
        return Promise.resolve({
          ...action,
          question: ['memory.max 1G -> 512M'],
          command: `porthole limit ${name} --undo`,
        });
      const words = [...values].map(([key, value]) => `${key}=${value}`);
      const command = `porthole limit ${name} ${words.join(' ')}`;
      const planned = { ...action, command, question: words.map((word) => `will write ${word}`) };
      if (values.get('memory') === 'much')
        return Promise.resolve({ refused: 'memory: much is no size; for instance 512M' });
      if (values.get('memory') === '1M') {
        const otherwise = {
          ...planned,
          does: `set limits of ${name} all the same`,
          question: ['processes would be killed'],
          command: `${command} --force`,
        };
        return Promise.resolve({ refused: 'memory=1M is below the 400M that it uses', otherwise });
      }
      return Promise.resolve(planned);
    },
    list: (_action, { name }) =>
      Promise.resolve([
        {
          id: '2',
          label: '12:04:31',
          detail: 'done  memory=1G  by root',
          more: [`memory.max of ${name} 512M -> 1G`],
        },
        {
          id: '1',
          label: '11:00:00',
          detail: 'undone  pids=5  by root',
          more: ['pids.max max -> 5', 'another.file 1 -> 2'],
        },
      ]),
  },
  run: ({ id, label, command }, { name }) => Promise.resolve(outcomeOf(id, label, command, name)),
};

const GOES_BACK = { key: 'for', label: 'goes back after', hint: 'a time such as 10m; empty: it stays' };
const PRESETS = [{ name: 'small', detail: 'memory=256M swap=0' }];

function undoOf(name: string): Action {
  return { id: 'undo', label: 'undo', command: `porthole limit ${name} --undo`, first: { kind: 'plan' } };
}

function signalOf(name: string): Action {
  const all = { id: 'term-all', label: 'SIGTERM to all', command: `porthole kill ${name} --all` };
  return {
    id: 'term',
    label: 'SIGTERM',
    question: ['SIGTERM to its init'],
    answers: [{ key: 'a', label: 'All', detail: 'to every process of it', action: all }],
    command: `porthole kill ${name}`,
  };
}

function outcomeOf(id: string, label: string, command: string, name: string): Outcome {
  if (id !== 'fail') return { isDone: true, text: `${label} ${name}: done` };
  const refused = { isDone: false, text: `${label} ${name}: refused; nothing changed` };
  if (command.endsWith('--move')) return refused;
  const otherwise = {
    id,
    label,
    does: `move and ${label} ${name}`,
    question: ['2 processes would be moved'],
    command: `${command} --move`,
  };
  return { ...refused, otherwise };
}
