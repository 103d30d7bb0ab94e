/** Cgroup paths, and the marks that are expected of them. */
import fc from 'fast-check';
import { marksOf } from '../../../src/model/runtime-patterns.ts';
import { id64 } from './facts.ts';

export const A = id64('a');
export const B = id64('b');
export const C = id64('c');
export const UID = '5e5fb9b5-9c2a-4d0e-8a5c-0123456789ab';
export const UID_ = UID.replaceAll('-', '_');

/** One line per mark: runtime, the id's first characters, certainty, driver, path, pod. */
export const told = (path: string) =>
  marksOf(path).map((mark) =>
    [mark.runtime, mark.id, mark.certainty, mark.driver, mark.path, mark.pod].filter(Boolean).join(' '),
  );

export const sure = (runtime: string, id: string, driver: string, path: string, pod = '') =>
  [runtime, id, 'sure', driver, path, pod].filter(Boolean).join(' ');

export const weak = (runtime: string, id: string, path: string, pod = '') =>
  [runtime, id, 'weak', 'cgroupfs', path, pod].filter(Boolean).join(' ');

export const BURSTABLE = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice`;
export const GUARANTEED = `/kubepods.slice/kubepods-pod${UID_}.slice`;

/** Path segments: the words engines use, ids, and anything a directory may be called. */
export const segment = fc.oneof(
  fc.constantFrom(
    'docker',
    'default',
    'k8s.io',
    'lxc',
    'lxc.payload',
    'lxc.payload.x',
    'libpod_parent',
    'kubepods',
    `pod${UID}`,
    `kubepods-pod${UID_}.slice`,
    `docker-${A}.scope`,
    `libpod-conmon-${A}.scope`,
    `x:docker:${B}`,
    'machine-deb\\x2d12.scope',
    'ecs',
    'nomad.slice',
    '..',
    A,
    B,
  ),
  fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('/')),
);
