/** Holds the documentation to the program: nothing undocumented, and nothing documented that is not there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { EXIT } from '../../../src/cli/exit.ts';
import { buildProgram } from '../../../src/cli/main.ts';
import { CGROUP_COLUMNS } from '../../../src/model/cgroup-columns.ts';
import { CONTAINER_COLUMNS } from '../../../src/model/columns.ts';
import { MOUNT_COLUMNS } from '../../../src/model/mount-columns.ts';
import { namespaceColumns } from '../../../src/model/namespace-columns.ts';
import { INTERFACE_COLUMNS, socketColumns } from '../../../src/model/net-columns.ts';
import { processColumns } from '../../../src/model/process-columns.ts';
import { KEY_TABLE, keyLabel } from '../../../tui/keys.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

// The build defines it.
vi.stubGlobal('PORTHOLE_VERSION', '0.0.0');
const program = buildProgram();

/** What stands between a heading and the next one of the same or a higher level; fails when there is no such heading. */
function section(text: string, heading: string): string {
  const level = /^#+/.exec(heading)?.[0] ?? '';
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  expect(start, `no heading "${heading}"`).not.toBe(-1);
  const end = lines.findIndex(
    (line, i) => i > start && /^#+ /.test(line) && line.indexOf(' ') <= level.length,
  );
  return lines.slice(start + 1, end === -1 ? undefined : end).join('\n');
}

/** First cells of table rows that are code, one string a row: `| `a` `b` | … |` gives `a b`. */
function codeRows(text: string): string[] {
  return [...text.matchAll(/^\| ((?:`[^`]+` ?)+)\|/gm)].map(([, cell = '']) =>
    cell.trim().replaceAll('`', ''),
  );
}

const sorted = (list: Iterable<string>) => [...list].sort();

describe('docs/commands.md', () => {
  const page = read('docs/commands.md');

  it.each(program.commands.map((command) => [command.name(), command] as const))(
    'has every option of %s and no other',
    (name, command) => {
      const text = section(page, `## porthole ${name}`);
      const rows = codeRows(text).filter((row) => row.startsWith('-'));
      const shown = command.options.filter(({ hidden }) => !hidden);
      expect(sorted(rows)).toEqual(sorted(shown.map(({ flags }) => flags)));
    },
  );

  it('uses no option or command in an example that is not there', () => {
    const examples = pages.flatMap((name) =>
      [...read(name).matchAll(/^(?:\$ |sudo )?porthole (?!COMMAND)([a-z]+)(.*)$/gm)].map(
        ([line, command, rest]) => ({ line, command, words: (rest ?? '').split(/\s[|>#]|\)| -- /)[0] ?? '' }),
      ),
    );
    expect(examples.length).toBeGreaterThan(10);
    for (const { line, command, words } of examples) {
      const found = program.commands.find((each) => each.name() === command);
      expect(found, line).toBeDefined();
      const known = found?.options.flatMap(({ short, long }) => [short, long]) ?? [];
      const used = words.replace(/'[^']*'/g, '').match(/(?<=\s)--?[a-z-]+/g) ?? [];
      for (const option of used) if (option !== '--help') expect(known, line).toContain(option);
    }
  });

  it('lists every command, and README too', () => {
    const readme = section(read('README.md'), '## Commands');
    for (const command of program.commands) {
      expect(page).toContain(`[\`${command.name()}\`](#porthole-${command.name()})`);
      expect(readme).toContain(`\`porthole ${command.name()}`);
    }
  });

  it('calls no command "not yet" that is there', () => {
    for (const name of ['README.md', 'docs/commands.md']) {
      const notYet = /^Not yet in 0\.1: ([^.]+)\./m.exec(read(name))?.[1] ?? '';
      const names = [...notYet.matchAll(/`([a-z]+)`/g)].map(([, each]) => each);
      expect(names.length, name).toBeGreaterThan(0);
      for (const command of program.commands) expect(names, name).not.toContain(command.name());
    }
  });

  it('has the exit codes', () => {
    const codes = [...section(page, '### Exit status').matchAll(/^\| (\d) \|/gm)].map(([, code]) =>
      Number(code),
    );
    expect(codes).toEqual(Object.values(EXIT));
  });
});

describe.each([
  ['## Columns', CONTAINER_COLUMNS],
  ['## Columns of procs', processColumns(new Map())],
  ['## Columns of cgroups', CGROUP_COLUMNS],
  ['## Columns of net', INTERFACE_COLUMNS],
  ['## Columns of net --sockets', socketColumns(new Map())],
  ['## Columns of mounts', MOUNT_COLUMNS],
  ['## Columns of ns', namespaceColumns(new Map())],
])('docs/filter.md, %s', (heading, set) => {
  const columns = section(read('docs/filter.md'), heading);

  it('has every column with its title and kind, and no other', () => {
    const rows = [...columns.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|/gm)].map((row) =>
      row.slice(1, 4),
    );
    expect(rows).toEqual(set.columns.map(({ id, title, kind }) => [id, title, kind]));
  });

  it('has the usual columns', () => {
    expect(columns).toContain(`\`${set.usual.map(({ id }) => id).join(',')}\``);
  });
});

it('docs/dashboard.md has every key of the key table, and no other', () => {
  const rows = codeRows(section(read('docs/dashboard.md'), '## Keys'));
  expect(sorted(rows)).toEqual(sorted(KEY_TABLE.map(({ keys }) => keys.map(keyLabel).join(' '))));
});

describe('docs/dependencies.md', () => {
  const page = read('docs/dependencies.md');
  const manifest = JSON.parse(read('package.json'));

  it.each([
    ['dependencies', '## At run time'],
    ['devDependencies', '## For development'],
  ])('has every one of %s with its major version, and no other', (field, heading) => {
    const rows = [...section(page, heading).matchAll(/^\| `([^`]+)` \| (\d+) \|/gm)];
    const wanted = Object.entries<string>(manifest[field]).map(
      ([name, range]) => `${name} ${/\d+/.exec(range)}`,
    );
    expect(sorted(rows.map(([, name, major]) => `${name} ${major}`))).toEqual(sorted(wanted));
  });
});

it('docs/json.md links every schema', () => {
  for (const name of readdirSync(join(root, 'docs/schema'))) {
    expect(read('docs/json.md')).toContain(`(schema/${name})`);
  }
});

/** GitHub's anchors of the headings of a page. */
function anchors(text: string): string[] {
  return [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

it.each(pages)('%s links only to what is there', (name) => {
  const prose = read(name).replace(/^```[\s\S]*?^```/gm, '');
  for (const [, target = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? name : join(dirname(name), path);
    expect(existsSync(join(root, file)), target).toBe(true);
    if (anchor !== undefined) expect(anchors(read(file)), target).toContain(anchor);
  }
});
