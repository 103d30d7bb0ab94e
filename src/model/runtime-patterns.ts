/**
 * Which engine made a cgroup, told by its path alone (docs/pitfalls.md, "Runtime patterns in cgroup paths"). Adding a runtime is
 * adding a row to `PATTERNS`. Pure.
 */
import { isBelow } from '../kernel/cgroup/hierarchy.ts';
import { isHexId } from '../kernel/hex-id.ts';

/** One cgroup of a path that an engine made for one container. */
export interface EngineMark {
  readonly runtime: string;
  readonly id: string;
  /** The cgroup itself: the path up to and with the segments that matched, as the kernel spells it. */
  readonly path: string;
  readonly pod?: string;
  /** `weak`: the name alone does not prove an engine (`/default/web`); a shim above or an own pid namespace must agree. */
  readonly certainty: 'sure' | 'weak';
  /** How the engine names cgroups: by systemd unit or by plain directory. */
  readonly driver: 'systemd' | 'cgroupfs';
}

interface Context {
  /** Unescaped segment and the ones before it, innermost last; marks found further out cut it off. */
  readonly before: readonly string[];
}

interface Pattern {
  readonly runtime: string;
  /** What every such segment holds, or how long it is: most segments are told from it by this alone, sooner. */
  readonly has?: string;
  readonly length?: number;
  /** Compiled when a segment gets this far. Absent: the segment is the id, 64 hexadecimal digits. */
  readonly segment?: () => RegExp;
  /** What the enclosing segments must be; absent: anything. */
  readonly inside?: (context: Context) => boolean;
  readonly certainty?: 'weak';
}

const HEX64 = '[0-9a-f]{64}';
/** A step of buildkit in dockerd: base 36, not an id of docker's. */
const BUILD_STEP = '[0-9a-z]{25}';
const parentIs =
  (...names: readonly string[]) =>
  ({ before }: Context) =>
    names.includes(before.at(-1) ?? '');
const firstIs =
  (name: string) =>
  ({ before }: Context) =>
    before[0] === name;
const onlyBelow =
  (...names: readonly string[]) =>
  ({ before }: Context) =>
    before.length === 1 && names.includes(before[0] ?? '');

/** First match wins; the named group `id` is the engine's id or the container's name. */
const PATTERNS: readonly Pattern[] = [
  {
    runtime: 'docker',
    has: 'docker-',
    segment: () => new RegExp(`^docker-(?<id>${HEX64}|${BUILD_STEP})\\.scope$`),
  },
  { runtime: 'docker', has: ':docker:', segment: () => new RegExp(`^.+:docker:(?<id>${HEX64})$`) },
  { runtime: 'docker', length: 64, inside: parentIs('docker') },
  {
    runtime: 'docker',
    segment: () => /^(?<id>[a-z0-9]{20,64})$/,
    inside: ({ before }) => before.at(-1) === 'buildkit' && before.at(-2) === 'docker',
  },
  {
    runtime: 'containerd',
    has: '.scope',
    segment: () => new RegExp(`^(?:cri-containerd|nerdctl)-(?<id>${HEX64})\\.scope$`),
  },
  {
    runtime: 'containerd',
    has: ':',
    segment: () => new RegExp(`^.+:(?:cri-containerd|nerdctl):(?<id>${HEX64})$`),
  },
  { runtime: 'cri-o', has: 'crio-', segment: () => new RegExp(`^crio-(?<id>${HEX64})(?:\\.scope)?$`) },
  { runtime: 'cri-o', has: ':crio:', segment: () => new RegExp(`^.+:crio:(?<id>${HEX64})$`) },
  {
    runtime: 'podman',
    has: 'libpod-',
    segment: () => new RegExp(`^libpod-(?:payload-)?(?<id>${HEX64})(?:\\.scope)?$`),
  },
  { runtime: 'lxc', has: 'lxc.payload.', segment: () => /^lxc\.payload\.(?<id>.+)$/ },
  { runtime: 'lxc', segment: () => /^(?<id>[^.].*)$/, inside: parentIs('lxc.payload') },
  {
    runtime: 'lxc',
    segment: () => /^(?<id>(?!monitor$|payload$|pivot$)[^.].*)$/,
    inside: onlyBelow('lxc'),
    certainty: 'weak',
  },
  { runtime: 'libvirt-lxc', has: 'machine-lxc-', segment: () => /^machine-lxc-\d+-(?<id>.+)\.scope$/ },
  { runtime: 'nspawn', has: 'machine-', segment: () => /^machine-(?!qemu-|lxc-)(?<id>.+)\.scope$/ },
  { runtime: 'nspawn', has: 'systemd-nspawn@', segment: () => /^systemd-nspawn@(?<id>.+)\.service$/ },
  { runtime: 'flatpak', has: 'app-flatpak-', segment: () => /^app-flatpak-(?<id>.+)-\d+\.scope$/ },
  { runtime: 'ecs', segment: () => /^(?<id>[0-9a-f]{64}|[0-9a-f]{32}-\d+)$/, inside: firstIs('ecs') },
  {
    runtime: 'garden',
    length: 28,
    segment: () => /^(?<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){4})$/,
    certainty: 'weak',
  },
  {
    runtime: 'nomad',
    segment: () => /^(?<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?:\..+)?)\.scope$/,
    inside: firstIs('nomad.slice'),
  },
  {
    runtime: 'mesos',
    segment: () => /^(?<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/,
    inside: firstIs('mesos'),
  },
  {
    runtime: 'containerd',
    segment: () => /^(?<id>[A-Za-z0-9_.-]+)$/,
    inside: onlyBelow('default', 'k8s.io'),
    certainty: 'weak',
  },
  // A custom cgroup parent, or a kubepods directory: the id is an engine's, the processes above tell whose.
  { runtime: 'oci', length: 64, certainty: 'weak' },
];

/** Podman pods below `libpod_parent` are 64 hex digits too, but hold containers, not processes. */
const isPodmanPod = (segment: string, before: readonly string[]) =>
  before.at(-1) === 'libpod_parent' && isHexId(segment);

const POD_PATTERNS: readonly RegExp[] = [
  // Under containerd's cgroupfs driver the container's name follows in the same segment, after a colon.
  /^(?:kubelet-)?kubepods(?:-burstable|-besteffort)?-pod(?<pod>[0-9a-fA-F_-]+)\.slice(?=$|:)/,
  /libpod_pod_(?<pod>[0-9a-f]{64})(?:\.slice)?$/,
];
const PLAIN_POD = /^pod(?<pod>[0-9a-fA-F-]{32,36})$/;

let utf8: InstanceType<typeof TextDecoder> | undefined;

/** systemd's names: `\x2d` is one byte, of a character of one or more; and a single leading `_` protects a name that would be a cgroup file. */
export function unescapeUnit(segment: string): string {
  if (!segment.startsWith('_') && !segment.includes('\\x')) return segment;
  utf8 ??= new TextDecoder();
  const decoder = utf8;
  const plain = segment.replace(/(?:\\x[0-9a-f]{2})+/g, (run) =>
    decoder.decode(Uint8Array.from(run.split('\\x').slice(1), (hex) => Number.parseInt(hex, 16))),
  );
  return /^_(?=[_.]|(?:cgroup|cpu|memory|io|pids|notify_on_release|release_agent|tasks)(?:\.|$))/.test(plain)
    ? plain.slice(1)
    : plain;
}

function podOf(segment: string, before: readonly string[]): string | undefined {
  if (isPodmanPod(segment, before)) return segment;
  // As each of the patterns does.
  if (!segment.includes('pod')) return undefined;
  for (const pattern of POD_PATTERNS) {
    const pod = pattern.exec(segment)?.groups?.['pod'];
    if (pod !== undefined) return pod.replaceAll('_', '-');
  }
  const inKubepods = before.some((name) => name === 'kubepods');
  return inKubepods ? PLAIN_POD.exec(segment)?.groups?.['pod'] : undefined;
}

const UNITS = ['.scope', '.service', '.slice'];

/** Mount units carry ids of 64 hex digits; monitors and conmon look after containers and are not in them. */
const isHelpers = (segment: string) => HELPERS.some((start) => segment.startsWith(start));
const HELPERS = ['libpod-conmon-', 'crio-conmon-', 'lxc.monitor', 'lxc.pivot'];

/**
 * Engine-made cgroups along one path, outermost first: `/docker/A/docker/B` gives A and B.
 * @param path as in /proc/PID/cgroup
 */
export function marksOf(path: string): EngineMark[] {
  const raw = path.split('/').filter((segment) => segment !== '');
  const marks: EngineMark[] = [];
  let before: string[] = [];
  let pod: string | undefined;
  for (const [index, name] of raw.entries()) {
    const segment = unescapeUnit(name);
    if (segment.endsWith('.mount') || isHelpers(segment)) return marks;
    const foundPod = podOf(segment, before);
    pod = foundPod ?? pod;
    const mark = isPodmanPod(segment, before) ? undefined : markAt(segment, before);
    if (mark === undefined) {
      before.push(segment);
      continue;
    }
    marks.push({
      ...mark,
      path: `/${raw.slice(0, index + 1).join('/')}`,
      driver: UNITS.some((end) => segment.endsWith(end)) ? 'systemd' : 'cgroupfs',
      ...(pod !== undefined && { pod }),
    });
    before = [];
    pod = undefined;
  }
  return marks;
}

const compiled = new Map<Pattern, RegExp>();

function idIn(segment: string, pattern: Pattern): string | undefined {
  if (pattern.segment === undefined) return isHexId(segment) ? segment : undefined;
  const expression = compiled.get(pattern) ?? pattern.segment();
  compiled.set(pattern, expression);
  return expression.exec(segment)?.groups?.['id'];
}

function markAt(
  segment: string,
  before: readonly string[],
): Pick<EngineMark, 'runtime' | 'id' | 'certainty'> | undefined {
  for (const each of PATTERNS) {
    const { runtime, has, length = segment.length, inside, certainty } = each;
    if (length !== segment.length || (has !== undefined && !segment.includes(has))) continue;
    if (inside !== undefined && !inside({ before })) continue;
    const id = idIn(segment, each);
    if (id !== undefined) return { runtime, id, certainty: certainty ?? 'sure' };
  }
  return undefined;
}

/** nspawn keeps itself in `supervisor` beside the container's `payload`: those processes are not in the container. */
export function isSupervisorPath(path: string, mark: EngineMark): boolean {
  return mark.runtime === 'nspawn' && isBelow(path, `${mark.path}/supervisor`);
}

const OCI_ENGINES: ReadonlySet<string> = new Set(['docker', 'containerd', 'cri-o', 'podman', 'oci']);

/**
 * crun under systemd makes a cgroup `container` in the scope, and sets limits and freezes there: the scope itself says `max`
 * and `frozen 0`. Anything else below an engine's cgroup was made inside the container.
 * @param path all of the container's own processes are in there or below
 * @returns the cgroup whose files are about the container
 */
export function engineLeaf(path: string, { driver, runtime, path: marked }: EngineMark): string {
  const leaf = `${marked}/container`;
  return driver === 'systemd' && OCI_ENGINES.has(runtime) && isBelow(path, leaf) ? leaf : marked;
}
