/**
 * Containers that somebody ran with runc or crun by hand. A bundle beside the root file system tells most; without one
 * (its root lies elsewhere) there is still what every OCI runtime does by default: it masks the same paths below /proc.
 * The id is the last part of the cgroup the runtime made.
 */
import { dirname } from 'node:path';
import type { MountEntry } from '../../src/kernel/proc/mountinfo.ts';
import type { EngineFacts } from '../../src/model/sample.ts';
import type { HostDisk } from '../../src/sys/host-file.ts';
import {
  type Engine,
  type EngineQuestion,
  given,
  objectAt,
  stringAt,
  stringsOf,
  UNKNOWN_RUNTIME,
} from './engine.ts';
import { bundleAt, rootsOnHost } from './oci-bundle.ts';

export const ociRuntime: Engine = {
  runtimes: ['runc', 'crun', 'youki', UNKNOWN_RUNTIME, 'oci'],
  ask: (disk, question) => fromBundle(disk, question) ?? fromTraces(disk, question),
};

function fromBundle(disk: HostDisk, question: EngineQuestion): EngineFacts | undefined {
  const bundle = rootsOnHost(question)
    .map((path) => bundleAt(disk, dirname(path)))
    .find((each) => each !== undefined);
  if (bundle === undefined) return undefined;
  const cgroupsPath = stringAt(objectAt(bundle.config, 'linux'), 'cgroupsPath');
  return {
    ...named(disk, question, lastPart(question.ownCgroup ?? cgroupsPath)),
    labels: stringsOf(objectAt(bundle.config, 'annotations')),
    source: `${bundle.directory}/config.json`,
    state: { bundle: bundle.directory },
  };
}

/** A cgroup of its own, and the masked and read-only paths of the specification's example in its mounts. */
function fromTraces(disk: HostDisk, question: EngineQuestion): EngineFacts | undefined {
  if (!hasMaskedPaths(question.mounts) || question.ownCgroup === undefined) return undefined;
  return {
    ...named(disk, question, lastPart(question.ownCgroup)),
    source: 'its cgroup, and /proc masked as OCI runtimes do',
  };
}

const MASKED = ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/proc/sched_debug'];
const LEAST_MASKED = 2;

function hasMaskedPaths(mounts: readonly MountEntry[]): boolean {
  const masked = mounts.filter((mount) => MASKED.includes(mount.target) && mount.type !== 'proc');
  const readOnly = mounts.some((mount) => mount.target === '/proc/sys' && mount.options.includes('ro'));
  return masked.length >= LEAST_MASKED && readOnly;
}

function named(disk: HostDisk, question: EngineQuestion, id: string | undefined) {
  const isOpen = question.runtime === UNKNOWN_RUNTIME || question.runtime === 'oci';
  return {
    runtime: isOpen ? runtimeOfState(disk, id) : question.runtime,
    ...given('id', id),
    ...given('name', id),
  };
}

/** The runtime's name stands before the id in what it has systemd make, and nowhere else: `/runc-a` is the cgroup of `runc-a`. */
function lastPart(path: string | undefined): string | undefined {
  const last = path
    ?.split(/[/:]/)
    .at(-1)
    ?.replace(/^(?:runc-|crun-)?(?<id>.+)\.scope$/, '$<id>');
  return last === '' ? undefined : last;
}

/** crun and runc leave the same traces in the kernel; their default state directories tell them apart. */
function runtimeOfState(disk: HostDisk, id: string | undefined): string {
  return id !== undefined && disk.exists(`/run/crun/${id}/status`) ? 'crun' : 'runc';
}
