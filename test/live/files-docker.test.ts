// `porthole cp` against `docker cp`: the same words, the same trees afterwards.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab, type LabContainer } from '../lab/index.ts';
import { porthole } from './porthole.ts';

let lab: Lab;
let docker: LabContainer;
let here: string;

beforeAll(async () => {
  lab = await Lab.create();
  docker = await (await lab.docker()).run({ name: 'files' });
  here = mkdtempSync(join(tmpdir(), 'porthole-files-'));
});
afterAll(async () => {
  rmSync(here, { recursive: true, force: true });
  await lab?.close();
});

const at = ({ initPid }: LabContainer, path: string) => `/proc/${initPid}/root${path}`;
const mine = (name: string) => join(here, name);

/** What is copied, in the directory $1. */
const MAKE_TREE = `mkdir -p $1/d/deep && cd $1 && echo f >f && echo x >d/x && echo y >d/deep/y && ln -s f link && ln -s d dirlink
ln -s /nowhere d/dangling && chmod 640 f && chmod 750 d/deep && echo s >setuid && chown 1234:1234 setuid d/x && chmod 4755 setuid
touch -h -d @1000000000 f link dirlink d/x d/dangling setuid d/deep/y && touch -d @1000000000 d/deep d`;
/** Where it is copied to. */
const MAKE_TARGET = `rm -rf $1 && mkdir -p $1/dir/d $1/clash/d/x && cd $1 && echo old >dir/file && ln -s file dir/link && ln -s made dir/dangling
mkdir dir/real && ln -s real dir/dirlink && echo kept >dir/d/kept
find . -exec touch -h -d @900000000 {} +`;
/** Names, kinds, modes and contents; times of what is no directory. Not owners: docker does not do what its manual says there. */
function tree(directory: string): string {
  const list =
    'find . -mindepth 1 ! -type d -printf "%P %y %m %T@ %l " -exec sh -c \'[ -L $1 ] && echo || cat $1\' sh {} \\; ; find . -mindepth 1 -type d -printf "%P %y %m\\n"';
  return execFileSync('sh', ['-c', `cd ${directory} && { ${list}; } | sort`], { encoding: 'utf8' });
}

it('is what docker cp makes of it', async () => {
  const engine = await lab.docker();
  execFileSync('sh', ['-c', MAKE_TREE, 'sh', mine('from')]);
  await engine.cli(['cp', `${mine('from')}/.`, 'files:/tmp/from']);
  const copies: (readonly [from: string, to: string, ...flags: string[]])[] = [
    ['f', 'dir'],
    ['f', 'dir/'],
    ['f', 'dir/new'],
    ['f', 'new/'],
    ['f', 'none/new'],
    ['f', 'dir/file'],
    ['f', 'dir/link'],
    ['f', 'dir/dangling'],
    ['f', 'dir/dirlink'],
    ['f', 'dir/dirlink/'],
    ['link', 'dir'],
    ['link', 'dir', '-L'],
    ['link', 'new', '-L'],
    ['d', 'dir'],
    ['d/', 'dir'],
    ['d/.', 'dir'],
    ['d', 'new'],
    ['d', 'new/'],
    ['d/.', 'new'],
    ['d', 'dir/file'],
    ['d', 'none/new'],
    ['dirlink', 'dir'],
    ['dirlink', 'dir', '-L'],
    ['dirlink/.', 'dir'],
    ['d', 'clash'],
    ['f', 'dir', '-a'],
    ['d', 'new', '-a'],
    ['setuid', 'dir', '-a'],
  ];
  for (const [from, to, ...flags] of copies) {
    const results = { docker: '', porthole: '' };
    for (const who of ['docker', 'porthole'] as const) {
      for (const [side, source, base] of [
        ['out', 'files:/tmp/from', mine(`to-${who}`)],
        ['in', mine('from'), at(docker, `/tmp/to-${who}`)],
      ] as const) {
        execFileSync('sh', ['-c', MAKE_TARGET, 'sh', base]);
        const target = side === 'in' ? `files:/tmp/to-${who}` : base;
        const words = ['cp', ...flags, `${source}/${from}`, `${target}/${to}`];
        const done =
          who === 'porthole'
            ? (await porthole(words)).status === 0
            : await engine.cli(words).then(
                () => true,
                () => false,
              );
        results[who] += `${side} ${done ? 'done' : 'refused'}\n${tree(base)}`;
      }
    }
    expect(results.porthole, `${flags.join(' ')} ${from} ${to}`).toBe(results.docker);
  }
}, 240_000);
