/** Frozen for a time, or while a command runs, and thawed after that whatever becomes of Porthole. */
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { closeDescriptor } from '../../sys/koffi.ts';
import { callOffAll } from '../watchdog/find.ts';
import { callOff, startWatchdog, startWatchdogOfOurs, type Watchdog } from '../watchdog/watchdog.ts';
import { type Frozen, freeze, isFrozenByItself, thaw, type WaitOptions } from './freeze.ts';
import { type FreezeSubject, openWish } from './prepare.ts';

export interface FrozenFor extends Frozen {
  readonly watchdog: Watchdog;
  readonly thawsAtMs: number;
}

/** Thaws by itself after `forMs`, counted from before it is frozen. @throws as `freeze`; and {StepError}: nothing was changed */
export async function freezeFor(
  files: KernelFiles,
  prepared: FreezeSubject,
  options: WaitOptions & { readonly forMs: number },
): Promise<FrozenFor> {
  const watchdog = await watched(prepared, (writes) =>
    startWatchdog(files, { name: prepared.name, afterMilliseconds: options.forMs, writes }),
  );
  const thawsAtMs = Date.now() + options.forMs;
  try {
    return { ...(await freeze(files, prepared, options)), watchdog, thawsAtMs };
  } catch (error) {
    callOff(files, watchdog);
    throw error;
  }
}

/**
 * Frozen until `run` has ended, then as it was before. Also when this process is killed meanwhile.
 * @throws as `freeze` and `thaw`, and what `run` throws
 */
export async function freezeWhile<T>(
  files: KernelFiles,
  prepared: FreezeSubject,
  options: WaitOptions,
  run: (frozen: Frozen) => Promise<T>,
): Promise<T> {
  // Somebody else's wish is not ours to take back, neither afterwards nor by a watchdog.
  if (isFrozenByItself(prepared)) return run(await freeze(files, prepared, options));
  const watchdog = await watched(prepared, (writes) =>
    startWatchdogOfOurs(files, { name: prepared.name, writes }),
  );
  try {
    const frozen = await freeze(files, prepared, options);
    try {
      return await run(frozen);
    } finally {
      await thaw(prepared);
    }
  } finally {
    callOff(files, watchdog);
  }
}

/**
 * Whatever would thaw it at another time is called off: its thaw comes from here now. `but` stays.
 * @returns how many there were
 */
export function callOffThaws(files: KernelFiles, { freezers }: FreezeSubject, but?: Watchdog): number {
  const names = freezers.map(({ cgroup, freezer }) => cgroup.fileName(freezer.file));
  return names.reduce((sum, name) => sum + callOffAll(files, name, but), 0);
}

async function watched(
  { freezers }: FreezeSubject,
  start: (writes: { fd: number; value: string }[]) => Promise<Watchdog>,
): Promise<Watchdog> {
  const writes: { fd: number; value: string }[] = [];
  try {
    for (const held of freezers) writes.push({ fd: openWish(held), value: held.freezer.values.thawed });
    return await start(writes);
  } finally {
    for (const { fd } of writes) closeDescriptor(fd);
  }
}
