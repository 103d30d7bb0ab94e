/** Sockets as `net --sockets --json` gives them: with the processes that have them open, and their container. Pure. */
import { type Fact, known, mapFact } from '../kernel/reading.ts';
import type { HostModel } from './host-model.ts';
import type { NamespaceSockets, NetworkFacts, SocketFacts } from './net-facts.ts';

export interface SocketProcess {
  readonly pid: number;
  readonly fd: number;
  readonly comm: string;
}

export interface SocketView extends Omit<SocketFacts, 'interfaceIndex'> {
  /** Of packet sockets: the interface's name. */
  readonly interface?: string;
  /** Empty: no process has it open. */
  readonly processes?: Fact<readonly SocketProcess[]>;
  /** Key of the container of the first of them, which may be in another namespace than the socket. */
  readonly container?: string;
}

export const SOCKET_CHOICES = ['listening', 'connected', 'all'] as const;
export type SocketChoice = (typeof SOCKET_CHOICES)[number];

/**
 * `listening` takes what is new to it: LISTEN, and what is not connected but can be reached (a unix socket without a name
 * cannot). `connected` is in some state between two ends.
 */
export function isChosen({ state, protocol, path }: SocketFacts, choice: SocketChoice): boolean {
  if (choice === 'all') return true;
  const listens = state === 'LISTEN' || (state === 'UNCONN' && (protocol !== 'unix' || path !== undefined));
  return choice === 'listening' ? listens : state !== 'LISTEN' && state !== 'UNCONN';
}

export function socketsOf(
  { sockets }: NamespaceSockets,
  facts: NetworkFacts,
  model: HostModel,
  names: ReadonlyMap<number, string> | undefined,
): Fact<readonly SocketView[]> {
  return mapFact(sockets, (all) =>
    all.map((socket): SocketView => {
      const { interfaceIndex, ...rest } = socket;
      const name = interfaceIndex === undefined ? undefined : names?.get(interfaceIndex);
      const processes = processesOf(socket, facts, model);
      const [first] = known(processes) ?? [];
      const container = first === undefined ? undefined : model.containerOfPid.get(first.pid);
      return {
        ...rest,
        ...(name !== undefined && { interface: name }),
        ...(processes !== undefined && { processes }),
        ...(container !== undefined && { container }),
      };
    }),
  );
}

/** Absent for what has no inode. Nobody found, and somebody not asked: not known. */
function processesOf(
  { inode }: SocketFacts,
  { holders, refused }: NetworkFacts,
  { processes }: HostModel,
): Fact<readonly SocketProcess[]> {
  if (inode === undefined || holders === undefined) return undefined;
  const found = holders.get(inode);
  if (found === undefined) return refused ?? [];
  return found.map(({ pid, fd }) => ({ pid, fd, comm: processes.get(pid)?.comm ?? '' }));
}
