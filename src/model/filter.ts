/**
 * `--filter`: `field op value` with = != ~ !~ > >= < <=, joined by `,` `&&` `and`, `||` `or`, `!` `not` and parentheses; a
 * word alone is looked for in name, image and command, and at the start of the id. Pure.
 *
 * Three answers: yes, no, and unknown, which `not` leaves unknown, so that what we could not read is never shown as a match.
 */

import { FilterError, MAX_EXPRESSION } from './filter-error.ts';
import { compareField, type Match, matchWord } from './filter-match.ts';
import { FilterScanner } from './filter-scanner.ts';
import type { Container } from './host-model.ts';

export { FilterError } from './filter-error.ts';

/** An empty expression matches everything. `now` is what ages are counted from. @throws {FilterError} */
export function parseFilter(expression: string, now: () => number = Date.now): (c: Container) => boolean {
  if (expression.length > MAX_EXPRESSION) {
    throw new FilterError(`longer than ${MAX_EXPRESSION} characters`, MAX_EXPRESSION);
  }
  if (expression.trim() === '') return () => true;
  const scanner = new FilterScanner(expression);
  const match = anyOf(scanner, now);
  if (!scanner.atEnd()) throw new FilterError('expected , && || or the end', scanner.at);
  return (container) => match(container) === true;
}

function anyOf(scanner: FilterScanner, now: () => number): Match {
  const parts = [allOf(scanner, now)];
  while (scanner.take('||') || scanner.takeWord('or')) parts.push(allOf(scanner, now));
  return (c) => firstOrUnknown(parts, c, true);
}

function allOf(scanner: FilterScanner, now: () => number): Match {
  const parts = [negatable(scanner, now)];
  while (scanner.take('&&') || scanner.take(',') || scanner.takeWord('and'))
    parts.push(negatable(scanner, now));
  return (c) => firstOrUnknown(parts, c, false);
}

/** `decisive` when any part says so, else unknown when any part is, else the opposite. */
function firstOrUnknown(
  parts: readonly Match[],
  container: Container,
  decisive: boolean,
): boolean | undefined {
  let answer: boolean | undefined = !decisive;
  for (const part of parts) {
    const found = part(container);
    if (found === decisive) return decisive;
    if (found === undefined) answer = undefined;
  }
  return answer;
}

function negatable(scanner: FilterScanner, now: () => number): Match {
  let negated = false;
  while (scanner.take('!') || scanner.takeWord('not')) negated = !negated;
  const match = primary(scanner, now);
  if (!negated) return match;
  return (c) => {
    const found = match(c);
    return found === undefined ? undefined : !found;
  };
}

function primary(scanner: FilterScanner, now: () => number): Match {
  const start = scanner.skipBlanks();
  if (scanner.take('(')) {
    const match = anyOf(scanner, now);
    if (!scanner.take(')')) throw new FilterError('this ( has no )', start);
    return match;
  }
  const quoted = scanner.quoted();
  if (quoted !== undefined) return matchWord(quoted);
  const word = scanner.word();
  const operator = scanner.operator();
  if (operator === undefined) return matchWord(word);
  const valueAt = scanner.skipBlanks();
  return compareField({ field: word, fieldAt: start, operator, value: scanner.value(), valueAt }, now);
}
