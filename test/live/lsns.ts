// Every namespace of `porthole ns` against those of lsns, by type, inode and number of processes.
import { execFileSync } from 'node:child_process';
import type { NamespaceView } from '../../src/model/namespace-view.ts';
import { schemaErrors } from '../schema.ts';
import { porthole, type RunOptions } from './porthole.ts';

interface Lsns {
  readonly ns: number;
  readonly type: string;
  readonly nprocs: number;
}

const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;
/** Processes come and go, and lsns counts itself and not us: what stood still must agree, one time out of a few. */
const TRIES = 5;

const line = (type: string, inode: number, nprocs: number) => `${type}:[${inode}] ${nprocs}`;

function lsns(): string[] {
  const words = ['-J', '-o', 'NS,TYPE,NPROCS'];
  const text = execFileSync('lsns', words, { encoding: 'utf8', maxBuffer: MOST_OUTPUT_BYTES });
  const { namespaces }: { readonly namespaces: readonly Lsns[] } = JSON.parse(text);
  return namespaces.map(({ type, ns, nprocs }) => line(type, ns, nprocs));
}

/** Held against its schema. */
export async function namespacesOf(
  args: readonly string[] = [],
  options?: RunOptions,
): Promise<NamespaceView[]> {
  const { status, stdout, stderr } = await porthole(['ns', ...args, '--json'], options);
  if (status !== 0) throw new Error(`porthole ns exited ${status}: ${stderr}`);
  const document: { namespaces: NamespaceView[] } = JSON.parse(stdout);
  const errors = schemaErrors('ns', document);
  if (errors.length > 0) throw new Error(`porthole ns does not fit its schema: ${errors.join('; ')}`);
  return document.namespaces;
}

/** Those that lsns lists before and after, and Porthole does not with the same number of processes. */
export async function missingFromLsns(): Promise<string[]> {
  let missing: string[] = [];
  for (let tried = 0; tried < TRIES; tried += 1) {
    const before = lsns();
    const found = new Set((await namespacesOf()).map((each) => line(each.type, each.inode, each.nprocs)));
    const after = new Set(lsns());
    missing = before.filter((each) => after.has(each) && !found.has(each));
    if (missing.length === 0) break;
  }
  return missing;
}
