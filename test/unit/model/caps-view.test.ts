import { describe, expect, it, test } from 'vitest';
import { type CapabilityMasks, parsePidStatus } from '../../../src/kernel/proc/status.ts';
import { known } from '../../../src/kernel/reading.ts';
import { encodeCapabilities } from '../../../src/kernel/tables/capabilities.ts';
import { afterExec, type ExecInput } from '../../../src/model/caps-exec.ts';
import { capsSummary } from '../../../src/model/caps-text.ts';
import { type CapsInput, capsView } from '../../../src/model/caps-view.ts';
import { schemaErrors } from '../../schema.ts';
import { fixture } from '../kernel/fixture.ts';
import { DENIED } from './facts.ts';

const DOCKER = 0xa80425fbn;
const NET_RAW = encodeCapabilities(['net_raw']);
const SYS_ADMIN = encodeCapabilities(['sys_admin']);
const masks = (change: Partial<CapabilityMasks> = {}): CapabilityMasks => ({
  effective: 0n,
  permitted: 0n,
  inheritable: 0n,
  bounding: DOCKER,
  ambient: 0n,
  ...change,
});
const file = (permitted: bigint, effective = true, inheritable = 0n) => ({
  version: 2 as const,
  effective,
  permitted,
  inheritable,
});

describe('afterExec', () => {
  const exec = (change: Partial<ExecInput>) =>
    afterExec({
      masks: masks(),
      realUid: 1000,
      effectiveUid: 1000,
      file: undefined,
      setuidTo: undefined,
      setgid: false,
      noNewPrivs: false,
      nosuid: false,
      ...change,
    });
  test.each<[string, Partial<ExecInput>, Partial<CapabilityMasks>]>([
    ['an ordinary user and file: nothing', {}, { permitted: 0n, effective: 0n }],
    ['root: the bounding set', { realUid: 0, effectiveUid: 0 }, { permitted: DOCKER, effective: DOCKER }],
    [
      'real root only: permitted, not effective',
      { realUid: 0, effectiveUid: 5 },
      { permitted: DOCKER, effective: 0n },
    ],
    ['setuid root', { setuidTo: 0 }, { permitted: DOCKER, effective: DOCKER }],
    [
      'setuid root with capabilities of its own: those alone',
      { setuidTo: 0, file: file(NET_RAW) },
      { permitted: NET_RAW, effective: NET_RAW },
    ],
    ['setuid root on a nosuid mount', { setuidTo: 0, nosuid: true }, { permitted: 0n }],
    ['setuid root with no_new_privs', { setuidTo: 0, noNewPrivs: true }, { permitted: 0n }],
    ['file capabilities', { file: file(NET_RAW) }, { permitted: NET_RAW, effective: NET_RAW }],
    [
      'file capabilities without the flag',
      { file: file(NET_RAW, false) },
      { permitted: NET_RAW, effective: 0n },
    ],
    [
      'file capabilities beyond the bounding set, without the flag',
      { file: file(SYS_ADMIN | NET_RAW, false) },
      { permitted: NET_RAW, effective: 0n },
    ],
    [
      'file capabilities with no_new_privs: only what it has',
      { file: file(NET_RAW), noNewPrivs: true },
      { permitted: 0n, effective: 0n },
    ],
    ['file capabilities on a nosuid mount', { file: file(NET_RAW), nosuid: true }, { permitted: 0n }],
    [
      'inheritable on both sides',
      { masks: masks({ inheritable: SYS_ADMIN }), file: file(0n, true, SYS_ADMIN) },
      { permitted: SYS_ADMIN, effective: SYS_ADMIN },
    ],
    [
      'ambient stays',
      { masks: masks({ ambient: NET_RAW, permitted: NET_RAW }) },
      { permitted: NET_RAW, effective: NET_RAW, ambient: NET_RAW },
    ],
    [
      'ambient goes with file capabilities',
      { masks: masks({ ambient: NET_RAW, permitted: NET_RAW }), file: file(0n, false) },
      { permitted: 0n, ambient: 0n },
    ],
    [
      'ambient goes with setgid',
      { masks: masks({ ambient: NET_RAW }), setgid: true },
      { permitted: 0n, ambient: 0n },
    ],
  ])('%s', (_name, change, expected) => {
    const outcome = exec(change);
    expect(outcome.masks).toMatchObject(expected);
    expect(outcome.because.length).toBeGreaterThan(0);
  });

  it('is refused where the flag is on and the bounding set lacks something', () => {
    expect(exec({ file: file(SYS_ADMIN) })).toMatchObject({ fails: 'EPERM' });
    expect(exec({ file: file(SYS_ADMIN), realUid: 0, effectiveUid: 0 }).masks).toBeUndefined();
  });
});

const HOST = { mnt: 1, pid: 2, net: 3, user: 4026531837, uts: 5, ipc: 6, cgroup: 7, time: 8 };
const status = parsePidStatus(fixture('proc/linux-6.18/status-sleep'));

function input(change: Partial<CapsInput> = {}): CapsInput {
  return {
    status: { ...status, capabilities: masks({ effective: DOCKER, permitted: DOCKER }) },
    lastCap: 40,
    namespaces: HOST,
    host: HOST,
    owners: { net: HOST.user, pid: HOST.user },
    userNamespace: {
      inode: HOST.user,
      parent: undefined,
      ownerUid: 0,
      uidMap: [{ inside: 0, outside: 0, count: 4294967295 }],
      gidMap: [],
    },
    executable: {
      path: '/bin/x',
      file: { uid: 0, gid: 0, mode: 0o100755 },
      capabilities: undefined,
      nosuid: false,
    },
    ...change,
  };
}
const INNER: Partial<CapsInput> = {
  namespaces: { ...HOST, user: 99, net: 98 },
  owners: { net: 99, pid: HOST.user },
  userNamespace: {
    inode: 99,
    parent: HOST.user,
    ownerUid: 1000,
    uidMap: [{ inside: 0, outside: 100000, count: 10 }],
    gidMap: [],
  },
};
const row = (view: ReturnType<typeof capsView>, name: string) => view.rows.find((each) => each.name === name);
const line = (view: ReturnType<typeof capsView>, label: string) =>
  capsSummary(view).find((each) => each.label === label)?.text;

describe('capsView', () => {
  it("docker's own set is neither more nor less", () => {
    const view = capsView(input());
    expect(view.againstDefault.effective).toEqual({ added: [], dropped: [] });
    expect(view.masks.effective).toBe('00000000a80425fb');
    expect(view.rows).toHaveLength(41);
    expect(row(view, 'CAP_CHOWN')).toMatchObject({
      bit: 0,
      effective: true,
      ambient: false,
      dockerDefault: true,
      reach: 'host',
    });
    expect(line(view, 'effective')).toBe("14, docker's default set");
  });

  it('added and dropped ones, and an inheritable set that docker leaves empty', () => {
    const capabilities = masks({ effective: (DOCKER | SYS_ADMIN) & ~NET_RAW, inheritable: NET_RAW });
    const { againstDefault } = capsView(input({ status: { ...status, capabilities } }));
    expect(againstDefault.effective).toEqual({ added: ['CAP_SYS_ADMIN'], dropped: ['CAP_NET_RAW'] });
    expect(againstDefault.inheritable).toEqual({ added: ['CAP_NET_RAW'], dropped: [] });
  });

  it('capabilities beyond those we know are numbered, as far as the kernel goes', () => {
    const capabilities = masks({ bounding: 1n << 43n });
    const view = capsView(input({ status: { ...status, capabilities }, lastCap: 42 }));
    expect(view.rows.slice(41).map(({ name, bounding }) => [name, bounding])).toEqual([
      ['CAP_41', false],
      ['CAP_42', false],
      ['CAP_43', true],
    ]);
    expect(view.capabilities.bounding).toEqual(['CAP_43']);
  });

  it('in a user namespace of its own: over what that owns', () => {
    const view = capsView(input(INNER));
    expect(view.userNamespace).toMatchObject({
      isInitial: false,
      parent: HOST.user,
      ownerUid: 1000,
      rootUid: 100000,
      owns: ['net'],
      foreign: ['pid'],
    });
    expect(
      ['CAP_CHOWN', 'CAP_NET_ADMIN', 'CAP_SYS_BOOT', 'CAP_SYS_MODULE', 'CAP_SYS_ADMIN'].map(
        (name) => row(view, name)?.reach,
      ),
    ).toEqual(['own', 'own', 'nothing', 'nothing', 'partly']);
    expect(line(view, 'means')).toMatch(/over user namespace 99 only.*net namespace.*worth nothing: .*MKNOD/);
  });

  it('in the initial one with a net namespace of its own', () => {
    expect(row(capsView(input({ namespaces: { ...HOST, net: 98 } })), 'CAP_NET_RAW')?.reach).toBe('own');
  });

  it('namespaces that may not be read leave the reach unknown, not "nothing"', () => {
    const view = capsView(
      input({ namespaces: DENIED, owners: {}, userNamespace: { ...input().userNamespace, inode: DENIED } }),
    );
    expect(row(view, 'CAP_CHOWN')?.reach).toEqual(DENIED);
    expect(line(view, 'means')).toContain('?');
  });

  it('file capabilities of another namespace’s root do not count', () => {
    const capabilities = {
      version: 3 as const,
      effective: true,
      permitted: NET_RAW,
      inheritable: 0n,
      rootUid: 5,
    };
    const executable = { path: '/x', file: { uid: 0, gid: 0, mode: 0o100755 }, capabilities, nosuid: false };
    const other = known(capsView(input({ ...INNER, executable })).executable);
    expect(known(other?.fileCapabilities)?.counts).toBe(false);
    const own = known(
      capsView(
        input({
          ...INNER,
          executable: { ...executable, capabilities: { ...capabilities, rootUid: 100000 } },
        }),
      ).executable,
    );
    expect(known(own?.fileCapabilities)).toMatchObject({ counts: true, permitted: ['CAP_NET_RAW'] });
  });

  it('an executable that may not be looked at: what it would give is unknown', () => {
    expect(capsView(input({ executable: DENIED })).executable).toEqual(DENIED);
    const executable = { path: '/x', file: DENIED, capabilities: DENIED, nosuid: DENIED };
    expect(known(capsView(input({ executable })).executable)?.onExec).toEqual(DENIED);
    expect(capsView(input({ executable: undefined })).executable).toBeUndefined();
  });

  it.each([
    ['as it is', {}],
    ['inner', INNER],
    ['denied', { executable: DENIED, namespaces: DENIED }],
  ])('fits its schema: %s', (_name, change) => {
    const document = {
      schema: 'porthole.caps/1',
      takenAt: '2026-01-01T00:00:00Z',
      pid: 1,
      comm: 'x',
      ...capsView(input(change)),
      notes: [],
    };
    expect(schemaErrors('caps', document)).toEqual([]);
    expect(schemaErrors('caps', { ...document, masks: {} })).not.toEqual([]);
  });
});
