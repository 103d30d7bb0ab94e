/**
 * The model as JSON. Nothing is hidden and nothing is lost: characters a terminal could act on are written as JSON
 * escapes, which every parser turns back. Imports kernel and model.
 */
import { replaceHostile } from '../model/harmless.ts';
import type { Container, HostModel } from '../model/host-model.ts';
import type { CgroupMode, SampleNote } from '../model/sample.ts';

export interface PsDocument {
  readonly schema: 'porthole.ps/1';
  readonly takenAt: string;
  readonly host: { readonly hostname: string; readonly kernel: string; readonly cgroupMode: CgroupMode };
  readonly containers: readonly Container[];
  readonly notes: readonly SampleNote[];
  /** What it cost Porthole itself, in a series. */
  readonly cost?: { readonly durationMs: number; readonly cpuMs: number };
}

/** The model's names are the contract's: a container is printed as it is. */
export function toPsDocument(
  model: HostModel,
  containers: readonly Container[],
  cost?: PsDocument['cost'],
): PsDocument {
  const { hostname, kernelRelease, cgroupMode } = model.host;
  return {
    schema: 'porthole.ps/1',
    takenAt: new Date(model.takenAtMs).toISOString(),
    host: { hostname, kernel: kernelRelease, cgroupMode },
    containers,
    notes: model.notes,
    ...(cost !== undefined && { cost }),
  };
}

const NO_CONTAINERS = '"containers":[]';

/** `jsonText` of the document. A container that is the very object of an earlier document is not made text again. */
export function psText(document: PsDocument): string {
  const around = jsonText({ ...document, containers: [] });
  // Quotes within strings are escaped: this is the field itself.
  const at = around.indexOf(NO_CONTAINERS) + NO_CONTAINERS.length - 1;
  return `${around.slice(0, at)}${document.containers.map(containerText).join(',')}${around.slice(at)}`;
}

const texts = new WeakMap<Container, string>();

function containerText(container: Container): string {
  const seen = texts.get(container);
  if (seen !== undefined) return seen;
  const text = jsonText(container);
  texts.set(container, text);
  return text;
}

/** One line. A bigint is a string; undefined and what is not a number are left out; maps are objects, sets arrays. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => plain(part)) ?? 'null';
  return replaceHostile(text, jsonEscape);
}

function plain(part: unknown): unknown {
  if (typeof part === 'string') return wellFormed(part);
  if (typeof part === 'bigint') return part.toString();
  if (typeof part === 'number') return Number.isFinite(part) ? part : undefined;
  if (part instanceof Map) return withPlainKeys(Object.fromEntries(part));
  if (part instanceof Set) return [...part];
  return typeof part === 'object' && part !== null ? withPlainKeys(part) : part;
}

function withPlainKeys(part: object): object {
  const keys = Array.isArray(part) ? [] : Object.keys(part);
  if (keys.every((key) => wellFormed(key) === key)) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [wellFormed(key), value]));
}

const LONE_SURROGATE = /\p{Cs}/gu;

/** Half a surrogate pair has no UTF-8 and strict parsers refuse its escape: it becomes U+FFFD. */
function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd');
}

function jsonEscape(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }).join('');
}
