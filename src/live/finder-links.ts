import type { LinksWanted } from '../sys/scan-batch.ts';

/** What finding a container asks of each process, also before it is asked for: on these types hangs which containers there are. */
export const FINDER_LINKS: LinksWanted = {
  types: ['mnt', 'pid', 'net', 'user', 'uts', 'ipc'],
  withoutKernelThreads: true,
};
