/** Each list command has its own columns: on the command line, in help and for completion. */
import { describe, expect, it, vi } from 'vitest';
import { commandSpecs } from '../../../src/cli/completion-command.ts';
import { UsageError } from '../../../src/cli/exit.ts';
import { listOf } from '../../../src/cli/list.ts';
import { buildProgram } from '../../../src/cli/main.ts';
import { columnsOf } from '../../../src/cli/options.ts';
import { CONTAINER_COLUMNS } from '../../../src/model/columns.ts';
import { MOUNT_COLUMNS } from '../../../src/model/mount-columns.ts';
import { processColumns } from '../../../src/model/process-columns.ts';
import { exampleContainer } from '../model/example-container.ts';
import { exampleProcess } from '../model/example-process.ts';

// The build defines it.
vi.stubGlobal('PORTHOLE_VERSION', '0.0.0');
const program = buildProgram();
const processes = processColumns(new Map([[0, 'root']]));
const LISTS = [
  ['ps', CONTAINER_COLUMNS.columns.map(({ id }) => id)],
  ['procs', processes.columns.map(({ id }) => id)],
  ['mounts', MOUNT_COLUMNS.columns.map(({ id }) => id)],
] as const;

describe.each(LISTS)('%s', (name, ids) => {
  const spec = commandSpecs(program).find((each) => each.name === name);
  const option = (flag: string) => spec?.options.find(({ flags }) => flags.includes(flag));

  it('takes what every list takes', () => {
    const flags = spec?.options.flatMap((each) => each.flags) ?? [];
    expect(flags).toEqual(
      expect.arrayContaining(
        '--json -q --no-headers --sort --filter --columns -w --interval --raw --proc --sys'.split(' '),
      ),
    );
  });

  it('completes --columns with its own columns', () => {
    expect(option('--columns')).toMatchObject({ values: ids, list: true });
  });

  it('completes --sort with its own columns, also turned round', () => {
    expect(option('--sort')).toMatchObject({ values: [...ids, ...ids.map((id) => `-${id}`)], list: true });
    expect(option('--filter')?.values).toBeUndefined();
  });
});

describe('completion', () => {
  const specs = commandSpecs(program);
  const flagsOf = (name: string) =>
    specs
      .flatMap((each) => (each.name === name ? [...each.options, ...(each.alone ?? [])] : []))
      .flatMap((each) => each.flags);

  it('offers what --help lists, --help itself included', () => {
    for (const command of program.commands) {
      const listed = [...command.helpInformation().matchAll(/^ {2}(?:(-\w), )?(--[a-z-]+)/gm)];
      const expected = listed.flatMap(([, short, long]) =>
        [short, long].filter((flag) => flag !== undefined),
      );
      expect(expected).toContain('--help');
      expect(new Set([...flagsOf(command.name()), ...flagsOf('')])).toEqual(
        new Set([...expected, '-V', '--version']),
      );
    }
  });

  it('offers commands after help', () => {
    expect(specs.find(({ name }) => name === 'help')?.arguments).toEqual(
      program.commands.map((command) => command.name()),
    );
  });
});

describe('columnsOf', () => {
  it.each([
    [undefined, 'pid inner ppid user inside-uid state threads cpu cpu-time mem caps seccomp command'],
    ['command, PID', 'command pid'],
    ['pid,pid', 'pid pid'],
  ])('%j', (list, expected) => {
    expect(
      columnsOf(processes, list)
        .map(({ id }) => id)
        .join(' '),
    ).toBe(expected);
  });

  it.each(['name', 'pid,', '-pid', ''])('%j is wrong usage and says what this list has', (list) => {
    expect(() => columnsOf(processes, list)).toThrow(UsageError);
    expect(() => columnsOf(processes, list)).toThrow(
      /^--columns: no column ".*"; there are pid, inner, .*, cgroup$/,
    );
  });
});

describe('listOf', () => {
  const list = [
    exampleProcess({ pid: 7, memoryBytes: 1 }),
    exampleProcess({ pid: 9, memoryBytes: 2 }),
    exampleProcess({ pid: 8, uid: 5, memoryBytes: 3 }),
  ];
  it.each([
    ['neither', {}, [7, 9, 8]],
    ['a filter keeps the order', { filter: 'user=root' }, [7, 9]],
    ['an order', { sort: 'mem' }, [8, 9, 7]],
    ['both', { filter: 'user=root', sort: 'mem' }, [9, 7]],
  ])('picks with %s', async (_name, words, expected) => {
    const { pick } = await listOf(processes, { headers: true, ...words });
    expect(pick(list).map(({ pid }) => pid)).toEqual(expected);
  });

  it('picks containers in the same way', async () => {
    const { pick } = await listOf(CONTAINER_COLUMNS, { headers: true, filter: 'docker', sort: '-name' });
    expect(pick([exampleContainer({ name: 'docker-1' }), exampleContainer({ name: 'x' })])).toHaveLength(1);
  });
});
