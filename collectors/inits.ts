/** What a container's init says of it, and what seldom changes: argv, hostname, what its environment says made it. */
import { type Fact, factOf, isUnknown, known, mapFact, refusedAsWell } from '../src/kernel/reading.ts';
import type { InitAnswers, NamespaceInodes, ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { hostnamesInside } from '../src/sys/uts.ts';
import { cmdlinesOf, environsOf } from './cmdline.ts';
import type { Collector } from './collector.ts';

export interface InitQuestion {
  readonly key: string;
  readonly init: ProcessFacts;
  /** Ask its environment what made it: only where nothing above it says. */
  readonly wantsEnviron: boolean;
  readonly wantsArgv: boolean;
}

export interface InitsInput {
  readonly questions: readonly InitQuestion[];
  readonly host: NamespaceInodes;
  /** Asked for where an init has the host's uts namespace. */
  readonly hostname: () => string;
}

export const inits: Collector<InitsInput, Map<string, InitAnswers>> = {
  id: 'inits',
  reads: ['/proc/PID/cmdline', '/proc/PID/environ', '/proc/PID/ns/uts'],
  needs: ['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN'],
  tier: 'arrivals',
  collect(files, { questions, host, hostname }) {
    const hostnames = hostnamesOf(files, questions, host, hostname);
    const cmdlines = cmdlinesOf(
      files,
      questions.flatMap(({ wantsArgv, init }) => (wantsArgv ? init : [])),
    );
    const environs = environsOf(
      files,
      questions.flatMap(({ wantsEnviron, init }) => (wantsEnviron ? init : [])),
    );
    const found = new Map<string, InitAnswers>();
    for (const { key, init } of questions) {
      const cmdline = cmdlines.get(init.pid);
      found.set(key, {
        argv: mapFact(cmdline, ({ argv }) => argv),
        ...(known(cmdline)?.truncated === true && { argvTruncated: true }),
        hostname: hostnames.get(key),
        environContainer: mapFact(environs.get(init.pid), (environ) => environ.get('container')),
      });
    }
    return found;
  },
};

/** One visit per uts namespace, however many containers share it. */
function hostnamesOf(
  files: KernelFiles,
  questions: readonly InitQuestion[],
  host: NamespaceInodes,
  hostname: () => string,
): Map<string, Fact<string>> {
  const names = new Map<string, Fact<string>>();
  const visits = new Map<number, string>();
  for (const { key, init } of questions) {
    const link = files.proc(`${init.pid}/ns/uts`);
    if (isUnknown(init.namespaces)) names.set(key, refusedAsWell(init.namespaces, link));
    const uts = known(init.namespaces)?.uts;
    if (uts === undefined) continue;
    if (uts === host.uts) names.set(key, hostname());
    else if (!visits.has(uts)) visits.set(uts, link);
  }
  const answers = hostnamesInside([...visits.values()]);
  const byNamespace = new Map([...visits.keys()].map((uts, index) => [uts, answers[index]]));
  for (const { key, init } of questions) {
    const answer = byNamespace.get(known(init.namespaces)?.uts ?? -1);
    if (answer !== undefined) names.set(key, factOf(answer));
  }
  return names;
}
