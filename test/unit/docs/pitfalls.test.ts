/** Holds docs/pitfalls.md to the tests: every fact names one that is there, and none is without. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const page = readFileSync(join(root, 'docs/pitfalls.md'), 'utf8');

interface Entry {
  readonly id: string;
  readonly fact: string;
  readonly otherwise: string;
  readonly file: string;
  readonly tests: readonly string[];
}

const SHAPE =
  /^### (?<id>\S+)\n(?<fact>.+)\\\n\*Otherwise:\* (?<otherwise>.+)\\\n\*Test:\* \[(?<file>[^\]]+)\]\(\.\.\/(?<target>[^)]+)\) (?<tests>.+)\n$/;

/** A file of tests, or tests that such a file of a machine brings in. */
function isRun(file: string): boolean {
  if (/^test\/(?:unit|live|vm)\/.+\.test\.ts$/.test(file)) return true;
  const name = /^test\/vm\/(?<name>[\w-]+\.ts)$/.exec(file)?.groups?.['name'];
  const machines = join(root, 'test/vm');
  return readdirSync(machines).some(
    (each) =>
      each.endsWith('.test.ts') && readFileSync(join(machines, each), 'utf8').includes(` from './${name}';`),
  );
}

/** A section of the page; fails when it has another shape, so that nothing slips by unread. */
function entryOf(section: string): Entry {
  const {
    id = '',
    fact = '',
    otherwise = '',
    file = '',
    target,
    tests = '',
  } = SHAPE.exec(section)?.groups ?? {};
  expect(id, section).not.toBe('');
  expect(target, id).toBe(file);
  const names = [...tests.matchAll(/`` (.+?) ``|`([^`]+)`/g)].map(
    ([, double, single]) => double ?? single ?? '',
  );
  return { id, fact, otherwise, file, tests: names };
}

const entries = page
  .split(/^(?=##+ )/m)
  .filter((section) => section.startsWith('### '))
  .map((section) => entryOf(`${section.trimEnd()}\n`));

/** First words of it, test and describe, and of the rows of their tables: what a report calls a test by. */
function titlesIn(file: string): ReadonlySet<string> {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const titles = new Set<string>();
  const add = (node: ts.Node | undefined) => {
    if (node !== undefined && ts.isStringLiteralLike(node)) titles.add(node.text);
  };
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node) && /^(?:it|test|describe)\b/.test(node.expression.getText()))
      add(node.arguments[0]);
    if (ts.isArrayLiteralExpression(node)) {
      // A row begins with its name, unless the table is a plain list of names.
      if (ts.isArrayLiteralExpression(node.parent)) add(node.elements[0]);
      if (ts.isCallExpression(node.parent)) for (const each of node.elements) add(each);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
}

describe('docs/pitfalls.md', () => {
  it('has entries of every group, each under an id of its own', () => {
    const groups = page.split(/^(?=## )/m).slice(1);
    expect(groups).toHaveLength(5);
    for (const group of groups) expect(group.match(/^### /gm)?.length ?? 0).toBeGreaterThan(10);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    for (const { id } of entries) expect(id).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)+$/);
  });

  it.each(entries.map((entry) => [entry.id, entry] as const))(
    '%s is held by a test that is there',
    (_id, entry) => {
      expect(entry.fact).toMatch(/[.?]$/);
      expect(isRun(entry.file), entry.file).toBe(true);
      expect(existsSync(join(root, entry.file))).toBe(true);
      expect(entry.tests.length).toBeGreaterThan(0);
      const titles = titlesIn(entry.file);
      for (const test of entry.tests) expect(titles, `${entry.file} has no test "${test}"`).toContain(test);
    },
  );
});
