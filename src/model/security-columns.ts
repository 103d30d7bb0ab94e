/** How containers are confined, as columns: for the dashboard's list. Pure. */
import { type Fact, isUnknown, mapFact } from '../kernel/reading.ts';
import type { CapsView } from './caps-view.ts';
import { column, textColumn } from './column.ts';
import { type ColumnSet, columnSet } from './column-set.ts';
import type { SecurityRow } from './security-row.ts';

export const SECURITY_COLUMNS: ColumnSet<SecurityRow> = columnSet<SecurityRow>({
  columns: [
    textColumn(['name', 'NAME', 20, 'name of the container'], ({ name }) => name),
    textColumn(['runtime', 'RUNTIME', 10, 'docker, podman, lxc, unshare, …'], ({ runtime }) => runtime),
    column('identifier', ['pid', 'PID', 7, 'host pid of its init'], ({ pid }) => pid),
    column('identifier', ['uid', 'UID', 6, 'effective user id of its init, on the host'], (row) =>
      from(row, ({ uid }) => uid.effective),
    ),
    column('identifier', ['root-uid', 'ROOT IS', 7, 'user id on the host of root inside'], (row) =>
      from(row, ({ userNamespace }) => userNamespace.rootUid),
    ),
    textColumn(['user-ns', 'USER NS', 8, 'host, or own: does it have a user namespace of its own'], (row) =>
      from(row, ({ userNamespace }) =>
        mapFact(userNamespace.isInitial, (isHost) => (isHost ? 'host' : 'own')),
      ),
    ),
    column('number', ['caps', 'CAPS', 4, 'how many effective capabilities its init has'], (row) =>
      from(row, ({ capabilities }) => capabilities.effective.length),
    ),
    textColumn(['beyond', 'BEYOND DEFAULT', 20, "capabilities beyond docker's default set"], (row) =>
      from(row, ({ againstDefault }) => shortNames(againstDefault.effective.added)),
    ),
    textColumn(['dropped', 'DROPPED', 16, "capabilities of docker's default set it does without"], (row) =>
      from(row, ({ againstDefault }) => shortNames(againstDefault.effective.dropped)),
    ),
    textColumn(['seccomp', 'SECCOMP', 8, 'disabled, strict or filter'], (row) =>
      from(row, ({ seccomp }) => seccomp),
    ),
    textColumn(['nnp', 'NNP', 3, 'no_new_privs: on or off'], (row) =>
      from(row, ({ noNewPrivs }) => (noNewPrivs === undefined ? undefined : noNewPrivs ? 'on' : 'off')),
    ),
    textColumn(['lsm', 'LSM', 16, 'AppArmor profile or SELinux context'], ({ lsm }) => lsm),
  ],
  usual: ['name', 'runtime', 'pid', 'uid', 'user-ns', 'caps', 'beyond', 'seccomp', 'nnp', 'lsm'],
  word: { within: ['name', 'beyond', 'lsm'], startOf: [] },
  rates: [],
  treeIn: 'name',
  key: ({ key }) => key,
});

/** `mapFact` for answers that can be unknown themselves. */
function from<T>({ caps }: SecurityRow, answer: (caps: CapsView) => Fact<T>): Fact<T> {
  if (caps === undefined || isUnknown(caps)) return caps;
  return answer(caps);
}

function shortNames(names: readonly string[]): string | undefined {
  return names.length === 0
    ? undefined
    : names.map((name) => name.replace(/^CAP_(?!\d)/, '').toLowerCase()).join(' ');
}
