/**
 * What to call a container, first hit wins: engine state on disk or socket, what its launcher was told, the hostname it
 * has of its own, a short id, runtime and pid. Pure.
 */

import { isHexId } from '../kernel/hex-id.ts';
import { known } from '../kernel/reading.ts';
import type { Draft } from './draft.ts';
import { optionOf } from './launchers.ts';
import type { EngineFacts, HostFacts, InitFacts, Sample } from './sample.ts';

const SHORT_ID = 12;

export interface Named {
  readonly name: string;
  readonly runtime: string;
  readonly source: string;
  /** Where the engine's id is the name, and the cgroup does not give it exactly. */
  readonly id?: string;
}

/** What of a sample decides names. */
export interface NamingFacts extends Pick<Sample, 'processes'> {
  readonly host: Pick<HostFacts, 'hostname'>;
  readonly inits: ReadonlyMap<string, Pick<InitFacts, 'hostname' | 'environContainer' | 'engine'>>;
}

export function nameOf(draft: Draft, engine: EngineFacts | undefined, sample: NamingFacts): Named {
  const runtime = runtimeOf(draft, engine, known(sample.inits.get(draft.key)?.environContainer));
  const named = (name: string, source: string) => ({ name, runtime, source });
  if (engine?.name !== undefined) return named(engine.name, engine.source);
  const told = nameFromLauncher(draft, runtime, sample);
  if (told !== undefined)
    return { ...named(told.name, `arguments of ${told.comm}`), ...(told.isId && { id: told.name }) };
  const { id } = draft;
  if (id !== undefined && !isHexId(id)) return named(id, 'cgroup name');
  const hostname = ownHostname(draft, sample);
  if (hostname !== undefined && hostname !== id?.slice(0, SHORT_ID))
    return named(hostname, 'hostname of its uts namespace');
  if (id !== undefined) return named(id.slice(0, SHORT_ID), 'short id');
  return named(`${runtime}:${draft.init?.pid ?? 0}`, 'runtime and pid');
}

/** As its engine says, or its cgroup. */
export function idOf(draft: Draft, named: Named, engine: EngineFacts | undefined): string | undefined {
  return named.id ?? draft.id ?? engine?.id;
}

/** May what its init says (hostname, environment) change its name or runtime? Else `nameOf` needs neither. */
export function isNamedByInit(draft: Draft, engine: EngineFacts | undefined): boolean {
  const hasName = engine?.name !== undefined || (draft.id !== undefined && !isHexId(draft.id));
  return !hasName || (isVague(draft) && engine?.runtime === undefined);
}

function isVague({ vague, runtime }: Draft): boolean {
  return vague || runtime === 'oci';
}

/** Rules 2 and 3 see what started a container, not always what it is: files and the environment may know better. */
function runtimeOf(draft: Draft, engine: EngineFacts | undefined, environ: string | undefined): string {
  if (!isVague(draft)) return draft.runtime;
  if (engine?.runtime !== undefined) return engine.runtime;
  // Nested in a container of that kind, it has only inherited the variable.
  if (isInside(draft, environ === undefined ? undefined : ENVIRON_RUNTIMES[environ])) return draft.runtime;
  return (environ !== undefined ? ENVIRON_RUNTIMES[environ] : undefined) ?? draft.runtime;
}

function isInside(draft: Draft, runtime: string | undefined): boolean {
  for (let around = draft.parent; around !== undefined; around = around.parent)
    if (around.runtime === runtime) return true;
  return false;
}

/** systemd's container interface: `container=` in the environment of pid 1. */
const ENVIRON_RUNTIMES: Readonly<Record<string, string>> = {
  lxc: 'lxc',
  'lxc-libvirt': 'libvirt-lxc',
  'systemd-nspawn': 'nspawn',
  podman: 'podman',
  docker: 'docker',
  oci: 'oci',
  flatpak: 'flatpak',
};

/** Not the name that the container around it, or the host, goes by. */
function ownHostname(draft: Draft, sample: NamingFacts): string | undefined {
  const uts = known(draft.init?.namespaces)?.uts;
  if (uts === undefined || uts === known(draft.parent?.init?.namespaces)?.uts) return undefined;
  const hostname = known(sample.inits.get(draft.key)?.hostname);
  return hostname === undefined || hostname === '' || hostname === sample.host.hostname
    ? undefined
    : hostname;
}

/** Arguments are readable by all, unlike engines' files: an ordinary user sees names where the monitor was told one. */
function nameFromLauncher(
  draft: Draft,
  runtime: string,
  sample: NamingFacts,
): { name: string; comm: string; isId: boolean } | undefined {
  const parent = sample.processes.get(draft.init?.ppid ?? -1);
  const comm = parent?.comm ?? '';
  const argv = () => known(parent?.argv) ?? [];
  const found = (name: string | undefined, isId: boolean) =>
    name === undefined ? undefined : { name, comm, isId };
  if (runtime === 'nspawn' && comm === 'systemd-nspawn') return found(machineName(argv()), true);
  // LXC appends `-1` to a cgroup that is taken; its monitor's title is `[lxc monitor] PATH NAME`.
  if (runtime === 'lxc')
    return found(/^\[lxc monitor\] .* (?<name>\S+)$/.exec(argv().join(' '))?.groups?.['name'], true);
  // One conmon per container, and one more per process exec'd in: `-c` is the container, `-n` its name.
  const isOurs = comm.startsWith('conmon') && draft.id !== undefined && optionOf(argv(), 'c') === draft.id;
  return isOurs ? found(optionOf(argv(), 'n'), false) : undefined;
}

/** `--machine=NAME`, else the last part of its directory or image, as nspawn itself chooses. */
function machineName(argv: readonly string[]): string | undefined {
  const machine =
    optionOf(argv, 'machine') ?? optionOf(argv, 'M') ?? argv.find((word) => /^-M./.test(word))?.slice(2);
  if (machine !== undefined) return machine;
  const directory = optionOf(argv, 'directory') ?? optionOf(argv, 'D');
  const image = optionOf(argv, 'image') ?? optionOf(argv, 'i');
  return lastPart(directory) ?? lastPart(image)?.replace(/\.raw$/, '');
}

function lastPart(path: string | undefined): string | undefined {
  return path?.split('/').findLast((part) => part !== '');
}
