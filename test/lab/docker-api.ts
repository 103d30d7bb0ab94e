// The two things that the docker client cannot do: ping without a shell, and the host pid of an exec'd process.
import { request } from 'node:http';
import type { ExecOptions } from './container.ts';
import { waitFor } from './wait.ts';

export function dockerRequest(socket: string, method: string, path: string, body?: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', connection: 'close' };
    const call = request({ socketPath: socket, method, path, headers, timeout: 30_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status < 400) resolve(text);
        else reject(new Error(`docker ${method} ${path}: ${status} ${text.trim()}`));
      });
    });
    call.on('timeout', () => call.destroy(new Error(`docker ${method} ${path}: no answer`)));
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Like `docker exec -d`; returns the host pid of the process. */
export async function dockerExec(
  socket: string,
  container: string,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<number> {
  const wish = { Cmd: argv, ...(options.user !== undefined && { User: options.user }) };
  const made = await dockerRequest(socket, 'POST', `/containers/${container}/exec`, wish);
  const { Id } = JSON.parse(made) as { Id: string };
  await dockerRequest(socket, 'POST', `/exec/${Id}/start`, { Detach: true });
  return waitFor(
    async () => {
      const state = JSON.parse(await dockerRequest(socket, 'GET', `/exec/${Id}/json`)) as ExecState;
      if (state.ExitCode !== null) throw new Error(`${argv.join(' ')}: ended at once with ${state.ExitCode}`);
      return state.Pid;
    },
    `docker exec ${argv.join(' ')}`,
  );
}

interface ExecState {
  readonly Pid: number;
  readonly ExitCode: number | null;
}

export interface DockerInspect {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Pid: number; readonly Status: string; readonly StartedAt: string };
  readonly GraphDriver: { readonly Name: string; readonly Data: GraphDriverData };
  readonly HostnamePath: string;
  readonly Config: { readonly Hostname: string; readonly Image: string; readonly Env: readonly string[] };
  readonly [key: string]: unknown;
}

/** overlay2 only. */
interface GraphDriverData {
  readonly LowerDir: string;
  readonly UpperDir: string;
  readonly MergedDir: string;
  readonly WorkDir: string;
}

export interface DockerStats {
  readonly CPUPerc: string;
  readonly MemUsage: string;
  readonly MemPerc: string;
  readonly NetIO: string;
  readonly BlockIO: string;
  readonly PIDs: string;
}
