/** `--for`: what takes a change back after a time, also when Porthole is gone by then. */
import { constants } from 'node:fs';
import { payloadOf, payloadsOf } from '../../model/limits/settings.ts';
import type { FileWrite } from '../../model/limits/write.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { closeDescriptor } from '../../sys/koffi.ts';
import { ActionRefusal } from '../refusal.ts';
import { startWatchdog, type Watchdog } from '../watchdog/watchdog.ts';
import type { HeldPlaces } from './look.ts';

/** What is changed: the name of its container, and its cgroups. */
interface ChangedPlaces {
  readonly files: KernelFiles;
  readonly name: string;
  readonly places: HeldPlaces;
}

/** Started before anything is changed. */
export async function goesBack(
  { files, name, places }: ChangedPlaces,
  writes: readonly FileWrite[],
  milliseconds: number,
): Promise<{ until: string; watchdog: Watchdog }> {
  if (writes.some(({ kind }) => kind === 'bpf'))
    throw new ActionRefusal(
      'limit',
      name,
      'devices of cgroup v2 do not go back by themselves: leave out --for',
    );
  const opened: number[] = [];
  const open = (hierarchy: string, file: string) => {
    const fd = places.cgroup(hierarchy).openFile(file, constants.O_WRONLY);
    opened.push(fd);
    return fd;
  };
  try {
    const back = [...writes].reverse().flatMap((write) => {
      const { hierarchy, from, fromElse = from, to, alsoChanges: also } = write;
      const payloads = payloadsOf(write, to, fromElse);
      const others = also === undefined ? [] : [{ file: also.file, value: payloadOf(also.kind, also.from) }];
      return [...payloads, ...others].map(({ file, value }) => ({ fd: open(hierarchy, file), value }));
    });
    const until = new Date(Date.now() + milliseconds).toISOString();
    const watchdog = await startWatchdog(files, {
      name,
      writes: back,
      afterMilliseconds: milliseconds,
    });
    return { until, watchdog };
  } finally {
    for (const fd of opened) closeDescriptor(fd);
  }
}
