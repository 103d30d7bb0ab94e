/**
 * `--filter`: `field op value` with = != ~ !~ > >= < <=, joined by `,` `&&` `and`, `||` `or`, `!` `not` and parentheses; a
 * word alone is looked for where the list says. Works on any list with columns. Pure.
 *
 * Three answers: yes, no, and unknown, which `not` leaves unknown, so that what we could not read is never shown as a match.
 */

import type { ColumnSet } from './column-set.ts';
import { CONTAINER_COLUMNS } from './columns.ts';
import { FilterError, MAX_EXPRESSION } from './filter-error.ts';
import { compareField, type Match, matchWord } from './filter-match.ts';
import { FilterScanner } from './filter-scanner.ts';
import type { Container } from './host-model.ts';

export { FilterError } from './filter-error.ts';

/** Of containers. @throws {FilterError} */
export function parseFilter(expression: string, now?: () => number): (c: Container) => boolean {
  return parseRowFilter(CONTAINER_COLUMNS, expression, now);
}

/** An empty expression matches everything. `now` is what ages are counted from. @throws {FilterError} */
export function parseRowFilter<Row>(
  set: ColumnSet<Row>,
  expression: string,
  now: () => number = Date.now,
): (row: Row) => boolean {
  if (expression.length > MAX_EXPRESSION) {
    throw new FilterError(`longer than ${MAX_EXPRESSION} characters`, MAX_EXPRESSION);
  }
  if (expression.trim() === '') return () => true;
  const scanner = new FilterScanner(expression);
  const match = anyOf(scanner, { set, now });
  if (!scanner.atEnd()) throw new FilterError('expected , && || or the end', scanner.at);
  return (row) => match(row) === true;
}

interface Terms<Row> {
  readonly set: ColumnSet<Row>;
  readonly now: () => number;
}

function anyOf<Row>(scanner: FilterScanner, terms: Terms<Row>): Match<Row> {
  const parts = [allOf(scanner, terms)];
  while (scanner.take('||') || scanner.takeWord('or')) parts.push(allOf(scanner, terms));
  return (row) => firstOrUnknown(parts, row, true);
}

function allOf<Row>(scanner: FilterScanner, terms: Terms<Row>): Match<Row> {
  const parts = [negatable(scanner, terms)];
  while (scanner.take('&&') || scanner.take(',') || scanner.takeWord('and'))
    parts.push(negatable(scanner, terms));
  return (row) => firstOrUnknown(parts, row, false);
}

/** `decisive` when any part says so, else unknown when any part is, else the opposite. */
function firstOrUnknown<Row>(parts: readonly Match<Row>[], row: Row, decisive: boolean): boolean | undefined {
  let answer: boolean | undefined = !decisive;
  for (const part of parts) {
    const found = part(row);
    if (found === decisive) return decisive;
    if (found === undefined) answer = undefined;
  }
  return answer;
}

function negatable<Row>(scanner: FilterScanner, terms: Terms<Row>): Match<Row> {
  let negated = false;
  while (scanner.take('!') || scanner.takeWord('not')) negated = !negated;
  const match = primary(scanner, terms);
  if (!negated) return match;
  return (row) => {
    const found = match(row);
    return found === undefined ? undefined : !found;
  };
}

function primary<Row>(scanner: FilterScanner, terms: Terms<Row>): Match<Row> {
  const start = scanner.skipBlanks();
  if (scanner.take('(')) {
    const match = anyOf(scanner, terms);
    if (!scanner.take(')')) throw new FilterError('this ( has no )', start);
    return match;
  }
  const { set, now } = terms;
  const quoted = scanner.quoted();
  if (quoted !== undefined) return matchWord(set, quoted);
  const word = scanner.word();
  const operator = scanner.operator();
  if (operator === undefined) return matchWord(set, word);
  const valueAt = scanner.skipBlanks();
  return compareField(set, { field: word, fieldAt: start, operator, value: scanner.value(), valueAt }, now);
}
