/**
 * The engine processes above a container and what each is to it. Parents tell only half of it: a shim is an orphan by
 * design, so the containerd it serves is found through the socket the shim was given, and the engine through containerd.
 */
import { parseNetUnix } from '../src/kernel/proc/net-unix.ts';
import { known } from '../src/kernel/reading.ts';
import type { Ancestor, ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { cmdlinesOf } from './cmdline.ts';
import { parsed } from './parsed.ts';

export interface ChainInput {
  readonly init: ProcessFacts;
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  readonly roleOf: (facts: ProcessFacts) => string;
  readonly optionOf: (argv: readonly string[], name: string) => string | undefined;
}

/** Outermost first; the last one is the init's parent. */
export function engineChain(
  files: KernelFiles,
  { init, processes, roleOf, optionOf }: ChainInput,
): Ancestor[] {
  const above = ancestorsOf(init, processes);
  const shim = above.find((facts) => roleOf(facts) === 'shim');
  const manager = shim && managerOf(files, shim, processes, optionOf);
  const further = manager === undefined ? [] : [manager, ...ancestorsOf(manager, processes)];
  const engine =
    shim && manager && further.every((facts) => roleOf(facts) !== 'engine')
      ? clientOf(files, shim, processes, optionOf)
      : undefined;
  // A shim's engine stands above it, though its parent is pid 1: what the two share comes outermost.
  const between = [...further, ...(engine === undefined ? [] : [engine])].filter(
    (facts) => !above.includes(facts),
  );
  const atShim = shim === undefined ? above.length : above.indexOf(shim) + 1;
  const chain = [...above.slice(0, atShim), ...between, ...above.slice(atShim)];
  const cmdlines = cmdlinesOf(files, chain);
  return chain.reverse().map((facts) => ({
    pid: facts.pid,
    comm: facts.comm,
    role: roleOf(facts),
    argv: known(cmdlines.get(facts.pid))?.argv ?? [],
  }));
}

function ancestorsOf(init: ProcessFacts, processes: ReadonlyMap<number, ProcessFacts>): ProcessFacts[] {
  const chain: ProcessFacts[] = [];
  const seen = new Set([init.pid]);
  for (
    let each = processes.get(init.ppid);
    each !== undefined && !seen.has(each.pid);
    each = processes.get(each.ppid)
  ) {
    seen.add(each.pid);
    chain.push(each);
  }
  return chain;
}

/** Who listens on the socket the shim reports to. */
function managerOf(
  files: KernelFiles,
  shim: ProcessFacts,
  processes: ReadonlyMap<number, ProcessFacts>,
  optionOf: ChainInput['optionOf'],
): ProcessFacts | undefined {
  const address = optionOf(known(shim.argv) ?? [], 'address')?.replace(/\.ttrpc$/, '');
  if (address === undefined) return undefined;
  const path = files.proc(`${shim.pid}/net/unix`);
  const sockets = parsed(files.text(path), path, parseNetUnix);
  if (!sockets.ok) return undefined;
  const listening = new Set(
    sockets.value
      .filter((socket) => socket.path === address || socket.path === `${address}.ttrpc`)
      .map((socket) => `socket:[${socket.inode}]`),
  );
  if (listening.size === 0) return undefined;
  return [...processes.values()].find(
    (facts) => facts.comm === 'containerd' && holds(files, facts.pid, listening),
  );
}

/** The dockerd whose containerd is another's child: it was told the same socket, or is the only one there is. */
function clientOf(
  files: KernelFiles,
  shim: ProcessFacts,
  processes: ReadonlyMap<number, ProcessFacts>,
  optionOf: ChainInput['optionOf'],
): ProcessFacts | undefined {
  if (optionOf(known(shim.argv) ?? [], 'namespace') !== 'moby') return undefined;
  const address = optionOf(known(shim.argv) ?? [], 'address');
  const daemons = [...processes.values()].filter((facts) => facts.comm === 'dockerd');
  const cmdlines = cmdlinesOf(files, daemons);
  const told = daemons.find((facts) => {
    const argv = known(cmdlines.get(facts.pid))?.argv ?? [];
    return address !== undefined && optionOf(argv, 'containerd') === address;
  });
  return told ?? (daemons.length === 1 ? daemons[0] : undefined);
}

function holds(files: KernelFiles, pid: number, links: ReadonlySet<string>): boolean {
  const directory = files.proc(`${pid}/fd`);
  const listing = files.list(directory);
  if (!listing.ok) return false;
  return listing.value.some((fd) => {
    const link = files.link(`${directory}/${fd}`);
    return link.ok && links.has(link.value);
  });
}
