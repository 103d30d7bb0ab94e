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
  return replaceHostile(wellFormed(text), jsonEscape);
}

function plain(part: unknown): unknown {
  if (typeof part === 'string') return part;
  if (typeof part === 'number') return Number.isFinite(part) ? part : undefined;
  if (typeof part === 'bigint') return part.toString();
  if (part instanceof Map) return Object.fromEntries(part);
  return part instanceof Set ? [...part] : part;
}

/** A whole escape each time, so that an escaped backslash before `ud800` is not taken for one. */
const ESCAPE = /\\(?:ud[89a-f][0-9a-f]{2}|.)/g;

/**
 * Half a surrogate pair has no UTF-8 and strict parsers refuse its escape, which JSON.stringify writes: it becomes U+FFFD.
 * Looked for in the text as a whole, keys included, because there hardly ever is one.
 */
function wellFormed(text: string): string {
  if (!text.includes('\\ud')) return text;
  return text.replace(ESCAPE, (each) => (each.startsWith('\\ud') ? '\ufffd' : each));
}

function jsonEscape(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }).join('');
}
