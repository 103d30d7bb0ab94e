/**
 * Names and images from a docker socket that answers, through systeminformation. Asked only when docker's files on disk
 * could not be read (an ordinary user in the docker group); loaded only then.
 */
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { errnoOf } from './failure.ts';

export interface SocketContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

const DEFAULT_SOCKET = '/var/run/docker.sock';
const ANSWER_WITHIN_MS = '2000';

/** systeminformation reads these from the environment when it is loaded. */
export function dockerSocketPath(env: NodeJS.ProcessEnv = process.env): string {
  const host = env['DOCKER_HOST'];
  return host?.startsWith('unix://') === true ? host.slice('unix://'.length) : DEFAULT_SOCKET;
}

/** Empty when no socket is there or it may not be used: engines only add names. */
export async function askDockerSocket(): Promise<readonly SocketContainer[]> {
  const path = dockerSocketPath();
  if (!mayConnect(path)) return [];
  process.env['DOCKER_SOCKET'] = path;
  process.env['DOCKER_SOCKET_TIMEOUT'] ??= ANSWER_WITHIN_MS;
  const require = createRequire(import.meta.url);
  const si: { dockerContainers: (all: boolean) => Promise<unknown> } = require('systeminformation');
  const listed = await si.dockerContainers(false);
  return Array.isArray(listed) ? listed.flatMap(socketContainer) : [];
}

function mayConnect(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function socketContainer(entry: unknown): SocketContainer[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const fields = new Map(Object.entries(entry));
  const id: unknown = fields.get('id');
  const name: unknown = fields.get('name');
  const image: unknown = fields.get('image');
  if (typeof id !== 'string' || typeof name !== 'string' || typeof image !== 'string') return [];
  return [{ id, name: name.replace(/^\//, ''), image, labels: {} }];
}
