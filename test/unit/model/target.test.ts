import { describe, expect, it } from 'vitest';
import type { Container, HostModel } from '../../../src/model/host-model.ts';
import { resolveTarget, TargetError } from '../../../src/model/target.ts';
import { exampleContainer } from './example-container.ts';
import { hostFacts } from './facts.ts';

const hex = (start: string) => start.padEnd(64, '0');

function container(key: string, change: Partial<Container>): Container {
  const { parent: _none, id: _id, ...rest } = exampleContainer({ key, name: key, ...change });
  return {
    ...rest,
    ...(change.id !== undefined && { id: change.id }),
    ...(change.parent && { parent: change.parent }),
  };
}

const WEB = container('web', {
  id: hex('abcd1234'),
  initPid: 100,
  pids: [100, 101],
  cgroup: { mode: 'v2', own: true, paths: { '': '/docker/web' } },
  namespaces: { pid: 9001, net: 9002 },
});
const DB = container('db', {
  id: hex('abcd9999'),
  initPid: 200,
  pids: [200],
  cgroup: { mode: 'v2', own: true, paths: { '': '/docker/db' } },
  namespaces: { pid: 9101, net: 9002 },
});
const INNER = container('inner', {
  id: hex('5555'),
  initPid: 300,
  pids: [300],
  depth: 1,
  parent: 'web',
  cgroup: { mode: 'v2', own: true, paths: { '': '/docker/web/docker/inner' } },
  namespaces: { pid: 9201, net: 9202 },
});
const BARE = container('proc:400:1', {
  name: 'unshare:400',
  initPid: 400,
  pids: [400],
  cgroup: { mode: 'v2', own: false, paths: { '': '/user.slice' } },
  namespaces: { pid: 9301 },
});
/** Two of one name, as the services of two compose projects. */
const TWIN_A = container('twin-a', {
  name: 'twin',
  id: hex('7777aaaa'),
  initPid: 501,
  pids: [501],
  cgroup: BARE.cgroup,
});
const TWIN_B = container('twin-b', {
  name: 'twin',
  id: hex('7777bbbb'),
  initPid: 502,
  pids: [502],
  cgroup: BARE.cgroup,
});
const NUMBER = container('number', {
  name: '200',
  id: hex('8888'),
  initPid: 600,
  pids: [600],
  cgroup: BARE.cgroup,
});
const DIGITS = container('digits', {
  id: hex('3000'),
  initPid: 700,
  pids: [700, 30001, 3000, 5555],
  cgroup: BARE.cgroup,
});

/** Called as others are identified. */
const LURE = container('lure', { name: hex('abcd9999'), initPid: 800, pids: [800], cgroup: BARE.cgroup });
const LURE_OF_KEY = container('lure-key', {
  name: 'proc:400:1',
  initPid: 801,
  pids: [801],
  cgroup: BARE.cgroup,
});

/** Ids of lxc are names. */
const MAIL_OF_LXC = container('lxc:mail', {
  name: 'mail',
  id: 'mail',
  initPid: 810,
  pids: [810],
  cgroup: BARE.cgroup,
});
const MAIL = container('mail-of-docker', {
  name: 'mail',
  id: hex('9999'),
  initPid: 811,
  pids: [811],
  cgroup: BARE.cgroup,
});
const NAMED = container('named', {
  name: 'eeee',
  id: hex('1111'),
  initPid: 820,
  pids: [820],
  cgroup: BARE.cgroup,
});
/** Begins with the name of two others. */
const OTHER = container('other', { id: hex('mail'), initPid: 830, pids: [830], cgroup: BARE.cgroup });
const STARTS = container('starts', { id: hex('eeee'), initPid: 840, pids: [840], cgroup: BARE.cgroup });

const LXC = container('lxc:lxc1', {
  name: 'lxc1',
  id: 'lxc1',
  initPid: 850,
  pids: [850],
  cgroup: BARE.cgroup,
});
const LXC_LONGER = container('lxc:lxc1-2', {
  name: 'lxc1-2',
  id: 'lxc1-2',
  initPid: 851,
  pids: [851],
  cgroup: BARE.cgroup,
});

const ALL = [
  WEB,
  DB,
  INNER,
  BARE,
  TWIN_A,
  TWIN_B,
  NUMBER,
  DIGITS,
  LURE,
  LURE_OF_KEY,
  MAIL_OF_LXC,
  MAIL,
  NAMED,
  OTHER,
  STARTS,
  LXC,
  LXC_LONGER,
];

const model: HostModel = {
  takenAtMs: 0,
  host: hostFacts(),
  containers: ALL,
  processes: new Map(),
  containerOfPid: new Map(ALL.flatMap(({ key, pids }) => pids.map((pid) => [pid, key] as const))),
  notes: [],
  vanished: 0,
};

describe('a target that fits', () => {
  it.each([
    ['a name', 'web', WEB],
    ['a whole id', hex('abcd1234'), WEB],
    ['a prefix of four', '8888', NUMBER],
    ['a longer prefix that tells two apart', 'abcd9', DB],
    ['a key', 'proc:400:1', BARE],
    ['a whole id that is the name of another', hex('abcd9999'), DB],
    ['a pid', '100', WEB],
    ['a pid that is not the init', '101', WEB],
    ['a cgroup', '/docker/web', WEB],
    ['a cgroup, with a slash behind it', '/docker/web/', WEB],
    ['a cgroup further in', '/docker/db/init.scope', DB],
    ['a cgroup of the inner one', '/docker/web/docker/inner', INNER],
    ['a cgroup in the inner one: the innermost', '/docker/web/docker/inner/a/b', INNER],
    ['a cgroup between two containers: the one it is in', '/docker/web/docker', WEB],
    ['a namespace', 'pid:[9101]', DB],
    ['a namespace of the inner one', 'net:[9202]', INNER],
    ['a name that begins the id of another, where ids are names', 'lxc1', LXC],
    ['the start of an id that is a name', 'lxc1-', LXC_LONGER],
    ['what is both a prefix of its id and one of its pids', '3000', DIGITS],
    ['a pid where the prefix is too short', '501', TWIN_A],
    ['more of the id than a pid has digits', '55550', INNER],
  ])('%s', (_name, text, expected) => {
    expect(resolveTarget(model, text)).toBe(expected);
  });
});

describe('a target that fits nothing', () => {
  it.each([
    ['a name that nobody has', 'nobody'],
    ['a prefix of three', 'abc'],
    ['a prefix of three that is unique', '555'],
    ['nothing', ''],
    ['a pid that is in no container', '1'],
    ['a pid with a sign', '+100'],
    ['a number that begins like a pid', '100x'],
    ['a cgroup of the host', '/system.slice'],
    ['a cgroup that only begins alike', '/docker/webbed'],
    ['a cgroup that a container merely sits in', '/user.slice'],
    ['a namespace that nobody is in', 'pid:[1]'],
    ['a type of namespace that does not exist', 'foo:[9001]'],
    ['the same inode as another type', 'mnt:[9001]'],
    ['a namespace without brackets', 'pid:9001'],
  ])('%s', (_name, text) => {
    expect(() => resolveTarget(model, text)).toThrow(TargetError);
    try {
      resolveTarget(model, text);
    } catch (error) {
      expect(error).toMatchObject({ candidates: [] });
      expect(String(error)).toContain(JSON.stringify(text));
    }
  });
});

it.each([
  ['the root', '/', ['web', 'db', 'inner']],
  ['a parent of several', '/docker', ['web', 'db', 'inner']],
])('a cgroup that is no container’s own, %s: what is below it is named', (_name, text, names) => {
  try {
    resolveTarget(model, text);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(TargetError);
    expect(error).toMatchObject({ candidates: names.map((name) => ({ name })) });
  }
});

describe('a target that fits several', () => {
  it.each([
    ['a name', 'twin', [TWIN_A, TWIN_B]],
    ['a name that is the id of one of them and begins another’s', 'mail', [MAIL_OF_LXC, MAIL, OTHER]],
    ['a name, and a pid of another', '200', [DB, NUMBER]],
    ['a name, and the start of the id of another', 'eeee', [NAMED, STARTS]],
    ['a prefix', 'abcd', [WEB, DB]],
    ['a prefix of ids', '7777', [TWIN_A, TWIN_B]],
    ['a prefix of one’s id and a pid of another', '5555', [INNER, DIGITS]],
    ['a net namespace two share', 'net:[9002]', [WEB, DB]],
  ])('%s: the candidates are listed', (_name, text, candidates) => {
    try {
      resolveTarget(model, text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TargetError);
      expect(error).toMatchObject({ candidates });
      for (const { name, initPid } of candidates) {
        expect(String(error)).toContain(name);
        expect(String(error)).toContain(String(initPid));
      }
    }
  });
});

it('a container that owns its cgroup in one hierarchy is not meant by a cgroup it shares in another', () => {
  // Hybrid: nspawn's v2 cgroup is its own, the v1 controllers leave it in the session's.
  const hybrid = container('deb', {
    initPid: 800,
    pids: [800],
    cgroup: {
      mode: 'hybrid',
      own: true,
      ownPaths: ['/machine.slice/deb'],
      paths: { '': '/machine.slice/deb', memory: '/user.slice', cpu: '/' },
    },
  });
  const hybridModel = { ...model, containers: [hybrid], containerOfPid: new Map([[800, 'deb']]) };
  expect(resolveTarget(hybridModel, '/machine.slice/deb').key).toBe('deb');
  expect(() => resolveTarget(hybridModel, '/')).toThrow(TargetError);
  expect(() => resolveTarget(hybridModel, '/user.slice')).toThrow(TargetError);
});
