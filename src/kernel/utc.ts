/**
 * A moment in UTC, as RFC 3339 and Date's own toISOString write it. That one asks for the time zone of the host first, which takes
 * longer than what is done with the answer. Pure.
 * @see Howard Hinnant, chrono-Compatible Low-Level Date Algorithms: civil_from_days
 */

const MS_PER_DAY = 86_400_000;
/** The Gregorian calendar repeats itself in eras of 400 years; counted from March on, a leap day is the last of its year. */
const DAYS_PER_ERA = 146_097;
const DAYS_TO_1970_03_01_OF_ERA_0 = 719_468;

/** @param ms since 1970, not before it and not after the year 9999 */
export function utcText(ms: number): string {
  const days = Math.floor(ms / MS_PER_DAY) + DAYS_TO_1970_03_01_OF_ERA_0;
  const era = Math.floor(days / DAYS_PER_ERA);
  const ofEra = days - era * DAYS_PER_ERA;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  // March is 0.
  const month = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * month + 2) / 5) + 1;
  const isNextYear = month >= 10;
  const date = `${year + era * 400 + (isNextYear ? 1 : 0)}-${two(isNextYear ? month - 9 : month + 3)}-${two(day)}`;
  const ofDay = Math.floor(ms) - Math.floor(ms / MS_PER_DAY) * MS_PER_DAY;
  const seconds = Math.floor(ofDay / 1000);
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${date}T${time}.${String(ofDay % 1000).padStart(3, '0')}Z`;
}

const two = (number: number) => (number < 10 ? `0${number}` : `${number}`);
