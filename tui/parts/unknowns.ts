/** Every field of a container that could not be read, wherever it stands in the model. Pure. */
import { isUnknown, type Unknown } from '../../src/kernel/reading.ts';
import type { Container } from '../../src/model/host-model.ts';

export interface UnknownField {
  /** As in JSON: `memory.currentBytes`. */
  readonly field: string;
  readonly unknown: Unknown;
}

export function unknownFields(container: Container): UnknownField[] {
  return walk(container, '');
}

function walk(value: unknown, field: string): UnknownField[] {
  if (isUnknown(value)) return [{ field, unknown: value }];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    walk(inner, field === '' ? name : `${field}.${name}`),
  );
}
