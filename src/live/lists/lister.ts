/** What takes one kind of list: given what the last sample found, so that nothing is looked for twice. Types only. */
import type { Container, HostModel } from '../../model/host-model.ts';
import type { ProcessFacts, Sample, SampleNote } from '../../model/sample.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import type { ListRows } from '../feed.ts';

export interface ListSource {
  readonly files: KernelFiles;
  readonly sample: Sample;
  readonly model: HostModel;
  /** Processes as they are now; without those that have ended since the sample. */
  readonly freshen: (pids: Iterable<number>) => readonly ProcessFacts[];
}

export interface ListRequest extends ListSource {
  /** Whose list it is; the whole host's without one. */
  readonly container: Container | undefined;
}

export type Found = ListRows & { readonly notes: readonly SampleNote[] };

/** One for each wish: it keeps what it needs of the list before for rates. @throws why there can be no list */
export type Lister = (request: ListRequest) => Found | Promise<Found>;
