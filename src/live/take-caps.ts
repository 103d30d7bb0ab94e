/** The capabilities of one process, and what they are worth. */
import { type CapabilityInput, capabilities } from '../../collectors/capabilities.ts';
import { type Fact, mapFact } from '../kernel/reading.ts';
import { type CapsView, capsView } from '../model/caps-view.ts';
import type { NamespaceInodes } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

/** As its status says: without that there is nothing to show. @param host the host's namespaces */
export function takeCaps(files: KernelFiles, input: CapabilityInput, host: NamespaceInodes): Fact<CapsView> {
  const facts = capabilities.collect(files, input);
  return mapFact(facts.status, (status) => capsView({ ...facts, status, host }));
}
