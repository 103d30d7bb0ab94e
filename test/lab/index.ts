// Real containers for live tests and benches.
export type { LabCgroup } from './cgroup.ts';
export { hasController, removeWhenEmpty } from './cgroup.ts';
export type { ExecOptions, LabContainer, LabProcess, LabRuntime, RunContainer } from './container.ts';
export type { ContainerdEngine } from './containerd.ts';
export type { DockerEngine } from './docker.ts';
export type { DockerInspect, DockerStats } from './docker-api.ts';
export { type Hierarchy, hierarchies, hierarchyOf } from './host.ts';
export { runVariable } from './journal.ts';
export { Lab } from './lab.ts';
export { type HostSnapshot, leftovers, snapshot } from './leftovers.ts';
export type { PodmanEngine } from './podman.ts';
export type { OciSpec } from './runc.ts';
export { sweepRun, sweepStale } from './sweep.ts';
export { waitFor } from './wait.ts';
