/** Things that can be done to a made-up container: one asked about, one at once, one that fails. Nothing is changed anywhere. */
import type { Action, ContainerActions, FormField, Outcome } from '../../../tui/actions.ts';

const field = (key: string, own: string, effective: string, used: string, hint: string): FormField => ({
  key,
  own,
  effective,
  used,
  hint,
});

/** More than a small screen has room for. */
const FIELDS: readonly FormField[] = [
  field('memory', '512M', '512M', '487M', 'for instance 1G or +20%'),
  field('cpu', 'max', '2 by /docker', '1.5', 'cores, for instance 1.5'),
  field('memory-high', 'max', '24.0G by host', '487M', 'from here on it is slowed down; for instance 400M'),
  field('memory-low', '0', '0', '487M', 'not reclaimed below this; for instance 100M'),
  field('swap', '0', '0', '0', 'beside memory; for instance 256M'),
  field('cpu-weight', '100', '100', '', 'its part of processors that are fought for, 1 to 10000'),
  field('cpu-burst', '0', '0', '', 'for instance 10ms'),
  field('cpu-idle', '0', '0', '', '1: only what no other wants'),
  field('cpuset-cpus', '', '0-3', '', 'for instance 0-1,3'),
  field('cpuset-mems', '', '0', '', 'for instance 0'),
  field('pids', '200', '200', '31', 'for instance 128'),
  field('io-weight', '100', '100', '', 'its part of disks that are fought for, 1 to 10000'),
  field('io 8:0', 'max', 'rbps=20M by /docker', 'r 1.2G w 80M', 'for instance rbps=10M,wiops=200'),
  ...['64K', '2M', '32M', '1G'].map((size) =>
    field(`hugetlb ${size}`, 'max', 'max', '0', 'for instance 64M'),
  ),
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
