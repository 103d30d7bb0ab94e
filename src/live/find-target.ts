/**
 * Finding one container by a TARGET, for commands that act on it: in far less time than a whole sample takes, and with the
 * same answer. Every container is found and named as in the whole model, for a name can mean any of them; counters,
 * command lines and traffic are read of the one that is meant.
 */
import { buildContainer } from '../model/build.ts';
import { candidatesOf } from '../model/candidates.ts';
import type { Container } from '../model/host-model.ts';
import type { HostFacts } from '../model/sample.ts';
import { resolveTarget } from '../model/target.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { SampleTaker, type SampleWants } from './take-sample.ts';

export interface FoundTarget {
  /** As `porthole inspect` has it; rates, which need two samples, are absent. */
  readonly container: Container;
  /** `hierarchies` says where the paths of `container.cgroup` are mounted. */
  readonly host: HostFacts;
}

export interface TargetFinder {
  /** @throws {TargetError} when nothing fits, or when several containers do: its message lists them */
  find(word: string): FoundTarget;
}

const NAMES: SampleWants = { usage: false, names: true, sandboxes: true };

/**
 * The container that `word` means, as CONTRACT has it: a name, an id or four and more characters of its start, a host pid, a
 * cgroup path, or a namespace. Whoever acts on it holds its init by pidfd and start time first (`initPid`, `initStarttimeTicks`).
 * @throws {TargetError} as `TargetFinder.find`
 */
export async function findTarget(files: KernelFiles, word: string): Promise<FoundTarget> {
  return (await targetFinder(files)).find(word);
}

/** For several words and one look at the host. */
export async function targetFinder(files: KernelFiles): Promise<TargetFinder> {
  const taker = new SampleTaker(files);
  const sample = await taker.take(NAMES);
  const candidates = candidatesOf(sample);
  return {
    find(word) {
      const { key } = resolveTarget(candidates, word);
      const container = buildContainer(taker.detailed(sample, key), key);
      if (container === undefined) throw new Error(`container ${key} is in the model and not in its sample`);
      return { container, host: sample.host };
    },
  };
}
