/** Command line and user of the process that each namespace is best known by. */
import { type Fact, factOf, mapFact } from '../src/kernel/reading.ts';
import type { LeaderFacts } from '../src/model/namespace-view.ts';
import type { ProcessFacts } from '../src/model/sample.ts';
import { userOf } from '../src/sys/kernel-files.ts';
import { type Cmdline, cmdlinesOf } from './cmdline.ts';
import type { Collector } from './collector.ts';

/** By pid. */
export const namespaceLeaders: Collector<Iterable<ProcessFacts>, Map<number, LeaderFacts>> = {
  id: 'namespaceLeaders',
  reads: ['/proc/PID/cmdline'],
  needs: [],
  tier: 'slow',
  collect(files, leaders) {
    const unique = [...new Set(leaders)];
    const cmdlines = cmdlinesOf(
      files,
      unique.filter(({ isKernelThread }) => !isKernelThread),
    );
    return new Map(
      unique.map((facts) => [
        facts.pid,
        {
          command: facts.isKernelThread ? `[${facts.comm}]` : commandOf(facts, cmdlines.get(facts.pid)),
          uid: factOf<number>(userOf(files.proc(String(facts.pid)))),
        },
      ]),
    );
  },
};

function commandOf({ comm }: ProcessFacts, cmdline: Fact<Cmdline>): Fact<string> {
  return mapFact(cmdline, ({ argv }) => (argv.length === 0 ? `[${comm}]` : argv.join(' ')));
}
