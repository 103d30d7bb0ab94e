/**
 * `porthole attach` into containers of docker and podman on a host with systemd and cgroup v2 alone: what it puts in there has
 * all that what the engine's own exec puts in there has.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { qemuMissing, runInQemu } from './qemu.ts';
import { Results } from './results.ts';

const missing = qemuMissing();
const title =
  missing === undefined ? 'attach and exec under systemd' : `attach under systemd: skipped, ${missing}`;

/** What of /proc/PID/status says who it is and what it may. */
const STATUS =
  'Umask Uid Gid Groups SigPnd SigBlk SigIgn CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Cpus_allowed'.split(
    ' ',
  );

const OPEN_FILES = /^Max open files +(\d+) +3000 .*$/m;

describe.skipIf(missing !== undefined)(title, () => {
  let results: Results;

  beforeAll(async () => {
    await buildOnce();
    const machine = await runInQemu({
      script: readFileSync(new URL('qemu-attach.sh', import.meta.url), 'utf8'),
      directories: { repository: fileURLToPath(new URL('../..', import.meta.url)) },
      init: 'systemd',
      deadlineMs: 280_000,
    });
    results = new Results(machine);
  });

  /** What it said of itself, by part. */
  function said(text: string): Record<string, string> {
    const parts = text.split(/^== /m).slice(1);
    return Object.fromEntries(
      parts.map((part) => {
        const end = part.indexOf('\n');
        return [part.slice(0, end), part.slice(end + 1)];
      }),
    );
  }

  const statusOf = (text: string | undefined) =>
    STATUS.map((key) => new RegExp(`^${key}:.*$`, 'm').exec(text ?? '')?.[0]);

  it('runs to its end', () => {
    expect(results.machine.stdout).toMatch(/ end\n$/);
    expect(results.machine.status).toBe(0);
    expect(results.machine.stderr).toBe('');
  });

  it.each(['usual', 'limited', 'other', 'bare', 'privileged', 'sharing', 'plain', 'scope'])(
    '%s: the same status, namespaces, cgroup, mounts, limits, label, ids, directory and environment',
    (name) => {
      const { status: theirs, environment: theirEnvironment, ...exec } = said(results.output(`exec/${name}`));
      const attached = said(
        results.output(`attach/${name}`, /^$|^porthole: attach: its seccomp filter[^\n]*\n$/),
      );
      const { status, environment, ...attach } = attached;
      if (name === 'limited') {
        // As it was asked for; runc's exec raises the soft one to the hard one (docs/attach.md).
        expect(attach['limits']).toMatch(OPEN_FILES);
        expect(OPEN_FILES.exec(attach['limits'] ?? '')?.[1]).toBe('2000');
        for (const each of [attach, exec]) each['limits'] = (each['limits'] ?? '').replace(OPEN_FILES, '');
      }
      expect(Object.keys(attach).sort()).toEqual(
        ['attr/current', 'cgroup', 'fds', 'id', 'limits', 'links', 'mountinfo', 'oom_score_adj'].sort(),
      );
      expect(attach).toEqual(exec);
      expect(statusOf(status)).toEqual(statusOf(theirs));
      expect(statusOf(status)).not.toContain(undefined);
      // podman sets it for the init alone (docs/attach.md).
      const withoutHostname = (lines = '') => lines.split('\n').filter((line) => !/^HOSTNAME=/.test(line));
      if (name === 'scope') expect(withoutHostname(environment)).toEqual(withoutHostname(theirEnvironment));
      else expect(environment).toBe(theirEnvironment);
    },
  );
});
