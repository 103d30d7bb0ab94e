import { type Fact, isUnknown } from '../../src/kernel/reading.ts';
import { absentMark, UNKNOWN_MARK } from '../../src/model/format.ts';

/** A fact as text: its value, `?` when it could not be read, a dash when it does not apply. Never a made-up 0. */
export function shown<T>(fact: Fact<T>, format: (value: T) => string, ascii: boolean): string {
  if (fact === undefined) return absentMark(ascii);
  return isUnknown(fact) ? UNKNOWN_MARK : format(fact);
}
