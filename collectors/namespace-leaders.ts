/** Command line and user of the process that each namespace is best known by. */
import { type Fact, factOf, mapFact } from '../src/kernel/reading.ts';
import type { LeaderFacts } from '../src/model/namespace-view.ts';
import type { ProcessFacts } from '../src/model/sample.ts';
import { userOf } from '../src/sys/kernel-files.ts';
import { cmdlineOf } from './cmdline.ts';
import type { Collector } from './collector.ts';

/** By pid. */
export const namespaceLeaders: Collector<Iterable<ProcessFacts>, Map<number, LeaderFacts>> = {
  id: 'namespaceLeaders',
  reads: ['/proc/PID/cmdline'],
  needs: [],
  tier: 'slow',
  collect(files, leaders) {
    const found = new Map<number, LeaderFacts>();
    for (const facts of leaders) {
      if (found.has(facts.pid)) continue;
      found.set(facts.pid, {
        command: facts.isKernelThread ? `[${facts.comm}]` : commandOf(facts, cmdlineOf(files, facts)),
        uid: factOf<number>(userOf(files.proc(String(facts.pid)))),
      });
    }
    return found;
  },
};

function commandOf({ comm }: ProcessFacts, cmdline: Fact<{ argv: readonly string[] }>): Fact<string> {
  return mapFact(cmdline, ({ argv }) => (argv.length === 0 ? `[${comm}]` : argv.join(' ')));
}
