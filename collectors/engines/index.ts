/** Every engine whose files are understood, in the order they are asked. Adding one is one file and one line. */
import { docker } from './docker.ts';
import type { Engine } from './engine.ts';
import { containerd, crio } from './oci-bundle.ts';
import { ociRuntime } from './oci-runtime.ts';
import { podman } from './podman.ts';

export const ENGINES: readonly Engine[] = [docker, podman, crio, containerd, ociRuntime];
