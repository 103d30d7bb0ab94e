/** The limits of one container as `KEY=VALUE` words for another. Pure. */
import { known } from '../../kernel/reading.ts';
import { IO_FIELDS } from './keys.ts';
import type { LimitRow } from './view.ts';

/** What belongs to the container and not to its host: devices are its own matter, an idle one has no weight to copy. */
export function copiedWords(rows: readonly LimitRow[]): string[] {
  const isIdle = rows.some(({ key, value }) => key === 'cpu-idle' && value === 1);
  return rows.flatMap((row) => {
    const { key, device, pageSize } = row;
    const value = known(row.value);
    if (value === undefined || key === 'devices' || (key === 'cpu-weight' && isIdle)) return [];
    if (key === 'io') {
      if (device === undefined || typeof value !== 'object') return [];
      return [`io=${device}:${IO_FIELDS.map((field) => `${field}=${value[field]}`).join(',')}`];
    }
    if (key === 'hugetlb') return [`hugetlb=${pageSize}:${value}`];
    if (key === 'memory-low' && value === 0) return [];
    return [`${key}=${value}`];
  });
}
