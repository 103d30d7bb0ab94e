/** The nsenter command that comes closest to an attach, for --dry-run. Pure. */
import type { NamespaceType } from '../../kernel/tables/namespaces.ts';
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
    ...(typeof workdir === 'object' ? [`--wdns=${shellWord(workdir.path)}`] : []),
    ...(ids === undefined ? ['--preserve-credentials'] : [`--setgid=${ids.gid}`, `--setuid=${ids.uid}`]),
    '--',
    ...plan.argv.map(shellWord),
  ];
  return plan.view === undefined
    ? words.join(' ')
    : `${words.join(' ')}  (which brings no programs along; these lie in ${plan.view.tools.place})`;
}

function shellWord(latin1: string): string {
  const text = Buffer.from(latin1, 'latin1').toString('utf8');
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
