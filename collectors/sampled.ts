/** The sources of a sample. Apart from the others, so that who only needs to find a container loads no more than these. */
import { host } from './host.ts';
import { inits } from './inits.ts';
import { mounts } from './mounts.ts';
import { processes } from './processes.ts';
import { runtimes } from './runtimes.ts';
import { traffic } from './traffic.ts';

export const SAMPLED = { host, processes, mounts, inits, traffic, runtimes };
