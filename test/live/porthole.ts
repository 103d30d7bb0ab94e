// Runs the built program as a user would, and holds every JSON document it prints against its schema.
import { type ExecFileOptions, execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildOnce } from '../../src/build/bundle.mjs';
import type { CapsView } from '../../src/model/caps-view.ts';
import type { Container } from '../../src/model/host-model.ts';
import type { InspectedContainer } from '../../src/model/inspect.ts';
import type { MountView, StorageView } from '../../src/model/mount-view.ts';
import type { ProcessView } from '../../src/model/process-view.ts';
import { schemaErrors } from '../schema.ts';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Put before `node porthole.cjs`: setpriv, nsenter, chroot, … */
  readonly through?: readonly string[];
  readonly encoding?: 'utf8' | 'latin1';
}

export async function porthole(
  args: readonly string[],
  { env, through = [], encoding = 'utf8' }: RunOptions = {},
): Promise<Outcome> {
  const program = await buildOnce();
  const [command = process.execPath, ...words] = [...through, process.execPath, program, ...args];
  const options: ExecFileOptions & { encoding: BufferEncoding } = {
    cwd: '/',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, ...env },
    encoding,
  };
  return new Promise((resolve) => {
    execFile(command, words, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ status, stdout, stderr });
    });
  });
}

/** What an action's `--json` says, held to its schema. */
export function acted(command: 'freeze' | 'thaw' | 'kill', args: readonly string[], options?: RunOptions) {
  return document(command, args, options);
}

/** The document a command prints; fails when it does not exit 0 or does not fit its schema. */
async function document(
  command: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await porthole([command, ...args, '--json'], options);
  if (status !== 0) throw new Error(`porthole ${command} exited ${status}: ${stderr}`);
  const parsed: Record<string, unknown> = JSON.parse(stdout);
  const errors = schemaErrors(command, parsed);
  if (errors.length > 0)
    throw new Error(`porthole ${command} --json does not fit its schema: ${errors.join('; ')}`);
  return parsed;
}

/** The schema has just been checked: from here on the model's own types describe the document. */
export async function ps(args: readonly string[] = [], options?: RunOptions): Promise<Container[]> {
  const parsed = await document('ps', args, options);
  return parsed['containers'] as Container[];
}

export async function psNotes(options?: RunOptions): Promise<{ about: string; text: string }[]> {
  const parsed = await document('ps', [], options);
  return parsed['notes'] as { about: string; text: string }[];
}

export async function inspect(target: string, options?: RunOptions): Promise<InspectedContainer> {
  const parsed = await document('inspect', [target], options);
  return parsed['container'] as InspectedContainer;
}

export async function procs(target: string, options?: RunOptions): Promise<ProcessView[]> {
  const parsed = await document('procs', [target], options);
  return parsed['processes'] as ProcessView[];
}

export interface MountsDocument {
  readonly container: { readonly key: string; readonly name: string };
  readonly storage: StorageView;
  readonly mounts: MountView[];
}

export async function mounts(target: string, options?: RunOptions): Promise<MountsDocument> {
  return (await document('mounts', [target], options)) as unknown as MountsDocument;
}

export async function caps(target: string, options?: RunOptions): Promise<CapsView & { pid: number }> {
  return (await document('caps', [target], options)) as unknown as CapsView & { pid: number };
}

export async function doctor(options?: RunOptions): Promise<Record<string, unknown>> {
  return document('doctor', [], options);
}

/** The one container whose init this is; fails when it is listed twice or not at all. */
export function only(containers: readonly Container[], initPid: number): Container {
  const found = containers.filter((each) => each.initPid === initPid);
  const [first] = found;
  if (first === undefined || found.length !== 1) {
    throw new Error(
      `expected init ${initPid} once, found ${found.length} times among ${containers.map((each) => `${each.name} (${each.initPid})`).join(', ')}`,
    );
  }
  return first;
}

export const ORDINARY_USER = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--inh-caps=-all',
  '--bounding-set=-all',
] as const;
