/** Who a container is, where it stands among cgroups and namespaces. */
import { isKnown } from '../../src/kernel/reading.ts';
import { formatDuration } from '../../src/model/format.ts';
import type { Container } from '../../src/model/host-model.ts';
import { type Block, fact } from '../blocks.ts';
import { shown } from './shown.ts';

interface Dated {
  readonly ascii: boolean;
  readonly nowMs: number;
}

/** Who it is. */
export function whoFacts(container: Container, { ascii, nowMs }: Dated): Block[] {
  return [
    fact('name', `${container.name}  (from ${container.nameSource})`),
    fact('runtime', `${container.runtime}, ${container.kind}`),
    ...optional('id', container.id),
    ...optional('image', container.image),
    ...optional('pod', pod(container)),
    ...optional('inside', container.parent),
    fact('init pid', String(container.initPid)),
    fact('command', shown(container.command, String, ascii)),
    fact('since', sinceText(container, nowMs)),
    fact('hostname', shown(container.hostname, String, ascii)),
  ];
}

/** What it has of its own, and where it stands. */
export function placeFacts(container: Container, ascii: boolean): Block[] {
  return [
    fact('own ns', ownNamespaces(container, ascii)),
    fact('shared ns', sharedNamespaces(container, ascii)),
    ...cgroups(container),
  ];
}

function optional(label: string, text: string | undefined): Block[] {
  return text === undefined ? [] : [fact(label, text)];
}

function pod({ pod }: Container): string | undefined {
  return pod === undefined ? undefined : [pod.namespace, pod.name, pod.id].filter(isKnown).join(' ');
}

/** When it started, and how long ago that is. */
export function sinceText({ startedAt }: Container, nowMs: number): string {
  const startedMs = Date.parse(startedAt);
  return Number.isNaN(startedMs) ? startedAt : `${startedAt} (${formatDuration(nowMs - startedMs)} ago)`;
}

function ownNamespaces({ privateNamespaces, namespaces }: Container, ascii: boolean): string {
  return shown(
    privateNamespaces,
    (types) =>
      types
        .map((type) => (isKnown(namespaces) ? `${type} ${namespaces[type] ?? ''}`.trim() : type))
        .join(', ') || 'none',
    ascii,
  );
}

function sharedNamespaces({ privateNamespaces, namespaces }: Container, ascii: boolean): string {
  return shown(
    privateNamespaces,
    (own) => shown(namespaces, (all) => without(Object.keys(all), own).join(', ') || 'none', ascii),
    ascii,
  );
}

function without(types: readonly string[], others: readonly string[]): string[] {
  return types.filter((type) => !others.includes(type));
}

/** One line per path, with the controllers that have it. */
function cgroups({ cgroup }: Container): Block[] {
  const byPath = new Map<string, string[]>();
  for (const [controller, path] of Object.entries(cgroup.paths)) {
    const name = controller === '' ? 'v2' : controller;
    byPath.set(path, [...(byPath.get(path) ?? []), name]);
  }
  return [...byPath].map(([path, controllers], i) =>
    fact(i === 0 ? 'cgroup' : '', cgroup.mode === 'v2' ? path : `${path}  (${controllers.join(', ')})`),
  );
}
