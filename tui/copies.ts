/** What can be copied about a container: command lines that do or show the same, and what names it. Pure. */

import type { Container } from '../src/model/host-model.ts';
import { mainCgroupPath } from '../src/model/main-cgroup.ts';
import { shellWord } from '../src/model/shell-word.ts';

export interface Copy {
  readonly id: string;
  readonly label: string;
  readonly text: string;
}

export function copies(container: Container): Copy[] {
  const { key, name, id, initPid, cgroup } = container;
  const target = shellWord(name);
  const path = mainCgroupPath(cgroup.paths);
  return [
    { id: 'copy-inspect', label: 'copy command: inspect', text: `porthole inspect ${target}` },
    { id: 'copy-procs', label: 'copy command: processes', text: `porthole procs ${target}` },
    { id: 'copy-enter', label: 'copy command: enter', text: `nsenter -t ${initPid} -a` },
    { id: 'copy-pid', label: 'copy init pid', text: String(initPid) },
    ...(id === undefined ? [] : [{ id: 'copy-id', label: 'copy id', text: id }]),
    { id: 'copy-key', label: 'copy key', text: key },
    ...(path === undefined ? [] : [{ id: 'copy-cgroup', label: 'copy cgroup', text: path }]),
  ];
}
