/** The nsenter command that comes closest to an attach, for --dry-run. Pure. */

import type { NamespaceType } from '../../kernel/tables/namespaces.ts';
import { shellWord } from '../../model/shell-word.ts';
import type { AttachPlan } from './plan.ts';

const FLAGS: Readonly<Record<NamespaceType, string>> = {
  mnt: '--mount',
  pid: '--pid',
  net: '--net',
  user: '--user',
  uts: '--uts',
  ipc: '--ipc',
  cgroup: '--cgroup',
  time: '--time',
};

export function nsenterCommand(plan: AttachPlan): string {
  const { ids, workdir } = plan;
  const words = [
    'nsenter',
    `--target ${plan.targetPid}`,
    ...plan.namespaces.map((type) => FLAGS[type]),
    ...(plan.entersRoot ? ['--root'] : []),
    ...(workdir === 'its' ? ['--wd'] : []),
    ...(typeof workdir === 'object' ? [`--wdns=${wordOf(workdir.path)}`] : []),
    ...(ids === undefined ? ['--preserve-credentials'] : [`--setgid=${ids.gid}`, `--setuid=${ids.uid}`]),
    '--',
    ...plan.argv.map(wordOf),
  ];
  return plan.view === undefined
    ? words.join(' ')
    : `${words.join(' ')}  (which brings no programs along; these lie in ${plan.view.tools.place})`;
}

function wordOf(latin1: string): string {
  return shellWord(Buffer.from(latin1, 'latin1').toString('utf8'));
}
