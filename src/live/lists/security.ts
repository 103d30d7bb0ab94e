/** How each container is confined, by its init. What its executable would add is not asked for: that can take for ever. */
import { lsmOf } from '../../../collectors/detail.ts';
import { clustersOf } from '../../model/build.ts';
import type { SecurityRow } from '../../model/security-row.ts';
import { takeCaps } from '../take-caps.ts';
import type { Lister } from './lister.ts';

export const securityLister =
  (): Lister =>
  ({ files, sample, model, container }) => {
    const { host } = clustersOf(sample);
    const shown =
      container === undefined
        ? model.containers.filter(({ kind, state }) => kind !== 'sandbox' && state !== 'exited')
        : [container];
    const rows = shown.map(
      ({ key, name, runtime, initPid: pid }): SecurityRow => ({
        key,
        name,
        runtime,
        pid,
        caps: takeCaps(files, { pid, executable: false }, host),
        lsm: lsmOf(files, pid),
      }),
    );
    return { kind: 'security', rows, notes: [] };
  };
