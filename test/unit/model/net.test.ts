import { describe, expect, it, test } from 'vitest';
import type { Count } from '../../../src/kernel/count.ts';
import { known } from '../../../src/kernel/reading.ts';
import { INTERFACE_COLUMNS, type InterfaceRow, socketColumns } from '../../../src/model/net-columns.ts';
import type { LinkFacts, NamespaceLinks, NetworkFacts, SocketFacts } from '../../../src/model/net-facts.ts';
import { type InterfaceView, interfaceContext, interfacesOf } from '../../../src/model/net-interfaces.ts';
import { isChosen, type SocketChoice, type SocketView, socketsOf } from '../../../src/model/net-sockets.ts';
import { DENIED, modelOf, proc } from './facts.ts';

const counters = (rxBytes: Count, txBytes: Count = 0) => ({
  rxBytes,
  txBytes,
  rxPackets: 0,
  txPackets: 0,
  rxErrors: 0,
  txErrors: 0,
  rxDropped: 0,
  txDropped: 0,
});

const link = (change: Partial<LinkFacts> = {}): LinkFacts => ({
  name: 'eth0',
  index: 2,
  kind: 'veth',
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  state: 'UP',
  flags: ['UP'],
  addresses: [],
  counters: counters(1000, 500),
  ...change,
});

const place = (inode: number) => ({ inode, path: `/proc/${inode}/ns/net`, pid: inode, pids: [inode] });
const namespace = (
  inode: number,
  links: LinkFacts[],
  change: Partial<NamespaceLinks> = {},
): NamespaceLinks => ({
  place: place(inode),
  cookie: String(inode),
  readAtUsec: 1_000_000,
  links,
  ...change,
});

const facts = (links: NamespaceLinks[], change: Partial<NetworkFacts> = {}): NetworkFacts => ({
  places: links.map((each) => each.place),
  links,
  neighbours: new Map(),
  names: new Map(),
  ...change,
});

function first(
  now: NamespaceLinks,
  before?: NamespaceLinks,
  change: Partial<NetworkFacts> = {},
  others: NamespaceLinks[] = [],
) {
  const context = interfaceContext(
    facts([now, ...others], change),
    before && facts([before]),
    new Map([[200, 'docker:b']]),
  );
  const [found] = known(interfacesOf(now, context)) ?? [];
  if (found === undefined) throw new Error('no interface');
  return found;
}

const LATER = 3_000_000;

describe('rates', () => {
  test.each<[string, LinkFacts, Partial<NamespaceLinks>, number | undefined]>([
    ['difference over the time between', link({ counters: counters(5000, 500) }), {}, 2000],
    ['renamed meanwhile', link({ name: 'wan', counters: counters(5000, 500) }), {}, 2000],
    ['nothing moved', link(), {}, 0],
    ['a counter stepped back', link({ counters: counters(999, 900) }), {}, undefined],
    ['another one stepped back', link({ counters: counters(9000, 400) }), {}, undefined],
    [
      'another device with the same index',
      link({ mac: '02:00:00:00:00:09', counters: counters(5000) }),
      {},
      undefined,
    ],
    ['another kind', link({ kind: 'macvlan', counters: counters(5000, 900) }), {}, undefined],
    ['the same name, another index', link({ index: 3, counters: counters(5000, 900) }), {}, undefined],
    [
      'another namespace with the same inode',
      link({ counters: counters(5000, 900) }),
      { cookie: '77' },
      undefined,
    ],
    ['no time between', link({ counters: counters(5000, 900) }), { readAtUsec: 1_000_000 }, undefined],
    ['counters denied', link({ counters: DENIED }), {}, undefined],
  ])('%s', (_, now, change, expected) => {
    const found = first(namespace(100, [now], { readAtUsec: LATER, ...change }), namespace(100, [link()]));
    expect(found.rxBytesPerSec).toBe(expected);
    expect(found.txPacketsPerSec === undefined).toBe(expected === undefined);
  });

  it('beyond 2^53 lose nothing', () => {
    const before = namespace(100, [link({ counters: counters(2n ** 63n, 500) })]);
    const now = namespace(100, [link({ counters: counters(2n ** 63n + 10n, 500) })], { readAtUsec: LATER });
    expect(first(now, before).rxBytesPerSec).toBe(5);
  });

  it('without cookies and indices by inode and name: what /proc/PID/net/dev gives', () => {
    const { cookie: _, ...before } = namespace(100, [link({ index: DENIED })]);
    const { cookie: __, ...now } = namespace(100, [link({ index: DENIED, counters: counters(2000, 500) })], {
      readAtUsec: LATER,
    });
    expect(first(now, before).rxBytesPerSec).toBe(500);
  });

  it('one sample has none', () => {
    expect(first(namespace(100, [link()]))).not.toHaveProperty('rxBytesPerSec');
  });
});

describe('the other end', () => {
  const away = link({ linkIndex: 9, linkNetnsid: 4 });
  const neighbours = new Map([[100, new Map([[4, place(200)]])]]);
  const other = namespace(200, [link({ name: 'veth9', index: 9 })]);

  test.each<[string, LinkFacts, Partial<NetworkFacts>, Partial<InterfaceView>]>([
    [
      'in another namespace',
      away,
      { neighbours },
      { peer: { index: 9, name: 'veth9', netNs: 200, container: 'docker:b' } },
    ],
    ['in none that was found', away, {}, { peer: { index: 9 } }],
    ['in its own', link({ linkIndex: 2 }), {}, { peer: { index: 2, name: 'eth0', netNs: 100 } }],
    [
      'below a macvlan',
      { ...away, kind: 'macvlan' },
      { neighbours },
      { lower: { index: 9, name: 'veth9', netNs: 200, container: 'docker:b' } },
    ],
    [
      'gone from there',
      { ...away, linkIndex: 10 },
      { neighbours },
      { peer: { index: 10, netNs: 200, container: 'docker:b' } },
    ],
  ])('%s', (_, now, change, expected) => {
    const found = first(namespace(100, [now]), undefined, change, [other]);
    expect(found).toMatchObject(expected);
    expect('peer' in found && 'lower' in found).toBe(false);
  });
});

test.each<[string, Partial<SocketFacts>, SocketChoice[]]>([
  ['a listener', { state: 'LISTEN' }, ['listening', 'all']],
  ['udp that is not connected', { protocol: 'udp', state: 'UNCONN' }, ['listening', 'all']],
  [
    'a unix socket with a name',
    { protocol: 'unix', state: 'UNCONN', path: '/run/log' },
    ['listening', 'all'],
  ],
  ['a unix socket without one', { protocol: 'unix', state: 'UNCONN' }, ['all']],
  ['a connection', { state: 'ESTAB' }, ['connected', 'all']],
  ['what is left of one', { state: 'TIME-WAIT' }, ['connected', 'all']],
])('%s is chosen by %s', (_, socket, by) => {
  const choices: SocketChoice[] = ['listening', 'connected', 'all'];
  expect(choices.filter((choice) => isChosen({ protocol: 'tcp', state: '', ...socket }, choice))).toEqual(by);
});

describe('who has a socket open', () => {
  const model = modelOf([proc(41, 1, 'nginx'), proc(42, 41, 'nginx')]);
  const of = (socket: Partial<SocketFacts>, change: Partial<NetworkFacts>) => {
    const sockets = {
      place: place(100),
      sockets: [{ protocol: 'tcp', state: 'LISTEN', ...socket }],
      missing: [],
    };
    const [found] = known(socketsOf(sockets, facts([], change), model, new Map([[3, 'br0']]))) ?? [];
    return found;
  };
  const holders = new Map([
    [
      7,
      [
        { pid: 41, fd: 3 },
        { pid: 42, fd: 4 },
      ],
    ],
  ]);

  it('all of them, with their names', () => {
    expect(of({ inode: 7 }, { holders })?.processes).toEqual([
      { pid: 41, fd: 3, comm: 'nginx' },
      { pid: 42, fd: 4, comm: 'nginx' },
    ]);
  });

  it('nobody, when everybody was asked; not known, when somebody was not', () => {
    expect(of({ inode: 8 }, { holders })?.processes).toEqual([]);
    expect(of({ inode: 8 }, { holders, refused: DENIED })?.processes).toEqual(DENIED);
    expect(of({}, { holders, refused: DENIED })).not.toHaveProperty('processes');
  });

  it("a packet socket's interface by name", () => {
    expect(of({ interfaceIndex: 3 }, { holders })).toMatchObject({ interface: 'br0' });
  });
});

describe('columns', () => {
  const text = { raw: false, nowMs: 0, ascii: true };
  const names = new Map([
    ['docker:b', 'db'],
    ['net:4026531833', 'host'],
  ]);
  const row = (change: Partial<InterfaceView>): InterfaceRow => ({
    namespace: { inode: 100, initial: false, interfaces: [] },
    names,
    interface: { ...first(namespace(100, [link()])), ...change },
  });

  test.each<[string, string, Partial<InterfaceView>, string]>([
    [
      'peer',
      'in a container',
      { peer: { index: 9, name: 'eth0', netNs: 200, container: 'docker:b' } },
      'eth0@db',
    ],
    ['peer', 'on the host', { peer: { index: 9, name: 'v9', netNs: 4026531833 } }, 'v9@host'],
    ['peer', 'in its own namespace', { peer: { index: 9, name: 'v9', netNs: 100 } }, 'v9'],
    ['peer', 'in one without a name', { lower: { index: 9, name: 'v9', netNs: 300 } }, 'v9@net:[300]'],
    ['peer', 'nowhere', { peer: { index: 9 } }, 'if9@?'],
    ['netns', 'without a name', {}, 'net:[100]'],
    ['addresses', 'denied', { addresses: DENIED }, '?'],
  ])('%s, %s', (id, _, change, expected) => {
    expect(INTERFACE_COLUMNS.find(id)?.text(row(change), text)).toBe(expected);
  });

  test.each<[string, SocketFacts, string]>([
    ['tcp6', { protocol: 'tcp6', state: '', localAddress: '::1', localPort: 53 }, '[::1]:53'],
    [
      'raw without a port',
      { protocol: 'raw', state: '', localAddress: '0.0.0.0', localPort: 0 },
      '0.0.0.0:*',
    ],
    ['unix', { protocol: 'unix', state: '', path: '@x' }, '@x'],
    ['unix without a name', { protocol: 'unix', state: '' }, '-'],
    ['packet', { protocol: 'packet', state: '', localPort: 3 }, '*'],
  ])('local of %s', (_, socket, expected) => {
    const column = socketColumns(new Map()).find('local');
    expect(
      column?.text({ namespace: { inode: 100, initial: false, interfaces: [] }, names, socket }, text),
    ).toBe(expected);
  });

  it('of a socket that many have inherited shows some of them, and filters by all', () => {
    const processes = Array.from({ length: 6 }, (_, at) => ({ pid: 41 + at, fd: 3, comm: `c${at}` }));
    const socket: SocketView = { protocol: 'tcp', state: 'LISTEN', processes };
    const shared = { namespace: { inode: 100, initial: false, interfaces: [] }, names, socket };
    const shown = (id: string, raw: boolean) =>
      socketColumns(new Map())
        .find(id)
        ?.text(shared, { ...text, raw });
    expect(shown('pid', false)).toBe('41,42,43,44,+2');
    expect(shown('fd', false)).toBe('3');
    expect(shown('comm', true)).toBe('c0,c1,c2,c3,c4,c5');
    expect(socketColumns(new Map()).find('pid')?.value(shared)).toBe('41,42,43,44,45,46');
  });
});
