/**
 * The native questions to namespaces (native/relations.c): owner, parent and maker of many in one call, on another thread.
 * What could not be answered so, and everything where the native library cannot be had, is asked one by one (nsfs.ts).
 */
import type { NamespaceType } from '../kernel/tables/namespaces.ts';
import { inBackground } from './koffi.ts';
import { nativeLibrary } from './native-library.ts';

export interface RelationQuestion {
  readonly type: NamespaceType;
  readonly inode: number;
  /** Of a link in /proc/PID/ns. */
  readonly path: string;
}

/** Inodes, and a user. A user namespace is owned by its parent, and only it has a maker. */
export interface RelationAnswer {
  readonly owner?: number;
  readonly parent?: number;
  readonly uid?: number;
}

/** Layout of a question: in 32-bit words, but inodes in doubles; kept in step with relations.c. */
const QUESTION = { path: 0, wants: 1, result: 2, uid: 3, inode: 2, owner: 3, parent: 4, bytes: 40 } as const;
const WANTS = { owner: 1, parent: 2, uid: 4 } as const;

/** By inode: those that could be asked all of it. */
export async function relationsMeanwhile(
  questions: readonly RelationQuestion[],
): Promise<Map<number, RelationAnswer>> {
  const answers = new Map<number, RelationAnswer>();
  const native = nativeLibrary()?.('long porthole_relations(void *questions, long count, const void *paths)');
  if (native === undefined || questions.length === 0) return answers;
  const records = new ArrayBuffer(questions.length * QUESTION.bytes);
  const words = new Int32Array(records);
  const doubles = new Float64Array(records);
  let length = 0;
  questions.forEach(({ type, inode, path }, index) => {
    const at = index * QUESTION.bytes;
    words[(at >> 2) + QUESTION.path] = length;
    words[(at >> 2) + QUESTION.wants] = wantsOf(type);
    doubles[(at >> 3) + QUESTION.inode] = inode;
    length += Buffer.byteLength(path) + 1;
  });
  const paths = Buffer.from(`${questions.map(({ path }) => path).join('\0')}\0`);
  await inBackground(native, words, questions.length, paths);
  questions.forEach(({ type, inode }, index) => {
    const at = index * QUESTION.bytes;
    if (words[(at >> 2) + QUESTION.result] !== 0) return;
    const wants = wantsOf(type);
    answers.set(inode, {
      ...(wants & WANTS.owner && { owner: doubles[(at >> 3) + QUESTION.owner] ?? 0 }),
      ...(wants & WANTS.parent && { parent: doubles[(at >> 3) + QUESTION.parent] ?? 0 }),
      ...(wants & WANTS.uid && { uid: (words[(at >> 2) + QUESTION.uid] ?? 0) >>> 0 }),
    });
  });
  return answers;
}

function wantsOf(type: NamespaceType): number {
  if (type === 'user') return WANTS.parent | WANTS.uid;
  return type === 'pid' ? WANTS.owner | WANTS.parent : WANTS.owner;
}
