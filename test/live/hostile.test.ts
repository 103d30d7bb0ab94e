// Names that a container chose: no control byte reaches the terminal, JSON stays valid, the text is still recognisable.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabContainer } from '../lab/index.ts';
import { inspect, only, porthole, procs, ps } from './porthole.ts';

/** Escape sequence, newline, bidi override, blessed tag, C1 control, byte that is not UTF-8 (as latin1 text). */
const ESCAPE = '\x1b[2J\x1b]0;owned\x07';
const BIDI = '\u202egnp.exe';
const TAG = '{red-fg}{bold}x{/}';
const argv = [`${ESCAPE}evil`, `a\nb`, BIDI, TAG, 'x'.repeat(4096)];

let lab: Lab;
let evil: LabContainer;

beforeAll(async () => {
  lab = await Lab.create();
  // perl names the process (prctl through $0 sets comm too), the hostname and argv.
  const script = '$0 = shift; my $h = "h\\e[31m\\x80\\xff"; syscall(170, $h, length $h); sleep 1000000';
  evil = await lab.unshare({
    name: 'evil',
    flags: ['-Urmupf', '--mount-proc'],
    cmd: ['perl', '-e', script, `) S 1\n(b${ESCAPE}`, ...argv],
  });
});
afterAll(() => lab?.close());

/** Everything below 0x20 but newline, DEL, and C1 controls in UTF-8. */
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]/;

describe('hostile names', () => {
  it.each([['ps'], ['ps', '--raw'], ['ps', '--tree'], ['inspect'], ['procs']])(
    '%s %s: no control byte on stdout',
    async (...words) => {
      const command = words.filter((word) => word !== undefined);
      const target = command[0] === 'ps' ? [] : [String(evil.initPid)];
      const { status, stdout } = await porthole([...command, ...target], { encoding: 'latin1' });
      expect(status).toBe(0);
      expect(CONTROL.exec(stdout)).toBeNull();
    },
  );

  it('is one row in the table, whatever newlines its name has', async () => {
    const { stdout } = await porthole(['ps', '--no-headers', '--filter', `pid=${evil.initPid}`]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  it('is valid JSON that gives the name back', async () => {
    const found = only(await ps(), evil.initPid);
    expect(found.runtime).toBe('unshare');
    const [view] = await procs(String(evil.initPid));
    expect(view?.comm).toContain('\n(b');
    expect((await inspect(String(evil.initPid))).initPid).toBe(evil.initPid);
    const { stdout } = await porthole(['ps', '--json'], { encoding: 'latin1' });
    expect(CONTROL.exec(stdout)).toBeNull();
  });

  it('shows the hostname without its escape sequence', async () => {
    const { hostname } = only(await ps(), evil.initPid);
    expect(hostname).toContain('[31m');
    const { stdout } = await porthole(['inspect', String(evil.initPid)]);
    expect(stdout).toContain('h\\x1b[31m');
  });
});

describe('a cgroup with a hostile name', () => {
  it('is text like any other', async () => {
    const name = `evil${BIDI}{bold}\x1b[31m`;
    const cgroup = await lab.cgroup(['memory', 'pids'], name);
    const bare = await lab.unshare({ name: 'in-evil-cgroup', flags: ['-pf'] });
    cgroup.add(bare.initPid);
    const found = only(await ps(), bare.initPid);
    expect(found.cgroup.paths['memory']).toBe(cgroup.path);
    const { stdout } = await porthole(['inspect', String(bare.initPid)], { encoding: 'latin1' });
    expect(CONTROL.exec(stdout)).toBeNull();
  });
});
