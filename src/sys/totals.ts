/** Which files are worth reading because they count what many others count together: as long as they stand still, so do those. */
import type { RepeatedFile } from './repeated-file.ts';

/** With fewer below it, one that is read in vain costs more than it spares. */
const FEWEST_BELOW = 8;

/** For each file that is counted elsewhere as well: where to look, the nearest place with enough others below it. */
export function totalsOver(files: Iterable<RepeatedFile>): ReadonlyMap<RepeatedFile, string> {
  const counted = [...files].filter(({ above, fd }) => above !== undefined && fd >= 0);
  const below = new Map<string, number>();
  for (const { above } of counted)
    for (const path of above ?? []) below.set(path, (below.get(path) ?? 0) + 1);
  const totals = new Map<RepeatedFile, string>();
  for (const file of counted) {
    const total = file.above?.find((path) => (below.get(path) ?? 0) >= FEWEST_BELOW);
    if (total !== undefined) totals.set(file, total);
  }
  return totals;
}
