/**
 * What a TARGET means: a container name, an id or a prefix of four or more characters, a host pid, a cgroup path, or a
 * namespace as `pid:[4026532180]`. Containers choose their host names, by which some are called: a whole id or key, which an
 * engine or Porthole made up, comes first, and what could be a name, the start of an engine's id and a pid must be all of them of
 * the same container. Whoever acts on one must not hit another that is called as it is identified. Pure.
 */
import { isBelow } from '../kernel/cgroup/hierarchy.ts';
import { known } from '../kernel/reading.ts';
import { isNamespaceType } from '../kernel/tables/namespaces.ts';
import type { Container } from './host-model.ts';

const LEAST_PREFIX = 4;
/** Of docker, podman, containerd and CRI-O; ids of others are names. */
const ENGINE_ID_LENGTH = 64;

export class TargetError extends Error {
  override readonly name = 'TargetError';
  constructor(
    message: string,
    readonly candidates: readonly Candidate[] = [],
  ) {
    super(message);
  }
}

/** What of a container a TARGET is compared with. */
export interface Candidate
  extends Pick<Container, 'key' | 'name' | 'runtime' | 'id' | 'initPid' | 'depth' | 'namespaces'> {
  /** The cgroups that are its alone; a container of the model has them in `cgroup`. */
  readonly ownPaths?: readonly string[];
  readonly cgroup?: Container['cgroup'];
}

/** A model has more than this. */
export interface Candidates<C extends Candidate = Candidate> {
  readonly containers: readonly C[];
  /** Key by pid, the innermost. */
  readonly containerOfPid: ReadonlyMap<number, string>;
}

type Rule = <C extends Candidate>(text: string, candidates: Candidates<C>) => readonly C[];

const RULES: readonly Rule[] = [byWholeId, byNameStartOrPid, byPrefix, byCgroup, byNamespace];

/** @throws {TargetError} when nothing fits, or when several do */
export function resolveTarget<C extends Candidate>(model: Candidates<C>, text: string): C {
  for (const rule of RULES) {
    const found = rule(text, model);
    if (found.length === 1 && found[0] !== undefined) return found[0];
    if (found.length > 1) throw ambiguous(found, text);
  }
  throw notFound(model, text);
}

function ambiguous(candidates: readonly Candidate[], text: string): TargetError {
  const listed = candidates.map(
    (each) => `${each.name} (${each.runtime} ${each.id?.slice(0, 12) ?? each.key}, pid ${each.initPid})`,
  );
  return new TargetError(
    `${quote(text)} is ambiguous: ${listed.join(', ')}; use ${isPid(text) ? 'more of the id, or the name' : 'more of the id, or the pid'}`,
    candidates,
  );
}

/** A cgroup that only has containers below it names them. */
function notFound({ containers }: Candidates, text: string): TargetError {
  const below = text.startsWith('/')
    ? containers.filter((each) => ownPaths(each).some((path) => isBelow(path, text)))
    : [];
  if (below.length === 0)
    return new TargetError(`no container matches ${quote(text)}; porthole ps -a lists them`);
  const names = below.map((each) => each.name).join(', ');
  return new TargetError(`${quote(text)} is no container's own cgroup; below it are ${names}`, below);
}

const isPid = (text: string) => /^\d+$/.test(text);

const quote = (text: string) => JSON.stringify(text);

function byWholeId<C extends Candidate>(text: string, { containers }: Candidates<C>): readonly C[] {
  if (text.length === ENGINE_ID_LENGTH) return containers.filter(({ id }) => id === text);
  return text.includes(':') ? containers.filter(({ key }) => key === text) : [];
}

function byNameStartOrPid<C extends Candidate>(text: string, model: Candidates<C>): readonly C[] {
  const pidIn = isPid(text) ? model.containerOfPid.get(Number(text)) : undefined;
  const isStart = text.length >= LEAST_PREFIX;
  return model.containers.filter(
    ({ name, id, key }) =>
      name === text ||
      id === text ||
      key === text ||
      (pidIn !== undefined && key === pidIn) ||
      (isStart && id?.length === ENGINE_ID_LENGTH && id.startsWith(text)),
  );
}

/** Of the id, or of a key once the colon is there: `docker` alone is the start of too many. */
function byPrefix<C extends Candidate>(text: string, { containers }: Candidates<C>): readonly C[] {
  if (text.length < LEAST_PREFIX) return [];
  return containers.filter(
    (each) => each.id?.startsWith(text) === true || (text.includes(':') && each.key.startsWith(text)),
  );
}

/** The innermost container whose own cgroup this is, or lies above it. */
function byCgroup<C extends Candidate>(text: string, { containers }: Candidates<C>): readonly C[] {
  if (!text.startsWith('/')) return [];
  const path = text.length > 1 ? text.replace(/\/+$/, '') : text;
  const exact = containers.filter((each) => ownPaths(each).includes(path));
  if (exact.length > 0) return exact;
  const around = containers.filter((each) => ownPaths(each).some((own) => isBelow(path, own)));
  const deepest = Math.max(...around.map((each) => each.depth));
  return around.filter((each) => each.depth === deepest);
}

/** Not those it shares: on hybrid hosts it may own one hierarchy's cgroup and sit in a session's in another. */
function ownPaths({ ownPaths: paths, cgroup }: Candidate): readonly string[] {
  if (paths !== undefined || cgroup === undefined) return paths ?? [];
  return cgroup.ownPaths ?? (cgroup.own ? Object.values(cgroup.paths) : []);
}

function byNamespace<C extends Candidate>(text: string, { containers }: Candidates<C>): readonly C[] {
  const [, type = '', inode = ''] = /^(\w+):\[(\d+)\]$/.exec(text) ?? [];
  if (!isNamespaceType(type)) return [];
  return containers.filter((each) => known(each.namespaces)?.[type] === Number(inode));
}
