/** Mount tables of two samples. Pure. */
import type { MountTable } from './sample.ts';

/** Do both say the same? By what they hold, which is the same object as long as it does: nothing is parsed for it. */
export function isSameTable(a: MountTable | undefined, b: MountTable | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.content === undefined ? a.mounts === b.mounts : a.content === b.content;
}
