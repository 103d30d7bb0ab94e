/** The words of `porthole attach` as options of an attach. */
import type { AttachOptions, ToolsWish } from '../actions/attach/options.ts';
import { parseDetachKeys } from '../actions/terminal/detach-keys.ts';
import { KernelParseError } from '../kernel/errors.ts';
import { CAPABILITIES, encodeCapabilities } from '../kernel/tables/capabilities.ts';
import { isNamespaceType, NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { UsageError } from './exit.ts';
import type { SourceOptions } from './sources.ts';

export interface AttachWords extends SourceOptions {
  readonly user?: string;
  readonly groups?: string;
  readonly workdir?: string;
  readonly env?: readonly string[];
  readonly envClean?: true;
  readonly ns?: string;
  readonly noNs?: string;
  readonly cgroup: boolean;
  readonly privileged?: true;
  readonly capAdd?: string;
  readonly capDrop?: string;
  readonly root?: string;
  readonly tools?: string;
  readonly detach?: true;
  readonly pidFile?: string;
  readonly interactive?: true;
  readonly tty?: boolean;
  readonly rawTty?: true;
  readonly detachKeys: string;
  readonly ignoreFrozen?: true;
  readonly dryRun?: true;
  readonly quiet?: true;
}

/** @throws {UsageError} */
export function attachOptions(
  command: readonly string[],
  words: AttachWords,
  terminal: AttachOptions['terminal'],
): AttachOptions {
  const { ns, noNs, groups, capAdd, capDrop, env } = words;
  return {
    command,
    ...(words.user !== undefined && { user: words.user }),
    ...(groups !== undefined && { groups: listOf(groups) }),
    ...(words.workdir !== undefined && { workdir: words.workdir }),
    ...(env !== undefined && { environment: env.flatMap(variable) }),
    ...(words.envClean === true && { cleanEnvironment: true }),
    ...(ns !== undefined && { namespaces: namespaceTypes('--ns', ns) }),
    ...(noNs !== undefined && { withoutNamespaces: namespaceTypes('--no-ns', noNs) }),
    ...(!words.cgroup && { withoutCgroup: true }),
    ...(words.privileged === true && { privileged: true }),
    ...(capAdd !== undefined && { addCapabilities: capabilities('--cap-add', capAdd) }),
    ...(capDrop !== undefined && { dropCapabilities: capabilities('--cap-drop', capDrop) }),
    ...(words.root !== undefined && { root: words.root }),
    ...(words.tools !== undefined && { tools: toolsWish(words.tools) }),
    ...(words.detach === true && { detach: true }),
    ...(terminal !== undefined && { terminal }),
    ...(words.ignoreFrozen === true && { ignoreFrozen: true }),
  };
}

function toolsWish(word: string): ToolsWish {
  if (word === '') throw new UsageError('--tools: expected host or a directory');
  return word === 'host' ? 'host' : { directory: word };
}

function listOf(text: string): string[] {
  return text.split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));
}

function variable(word: string): string[] {
  if (word.startsWith('=') || word === '') throw new UsageError(`--env ${word}: expected NAME=VALUE`);
  if (word.includes('=')) return [word];
  const value = process.env[word];
  return value === undefined ? [] : [`${word}=${value}`];
}

function namespaceTypes(option: string, text: string): NamespaceType[] {
  return listOf(text).map((word) => {
    if (isNamespaceType(word)) return word;
    throw new UsageError(
      `${option}: no namespace type ${JSON.stringify(word)}; there are ${NAMESPACE_TYPES.join(', ')}`,
    );
  });
}

function capabilities(option: string, text: string): bigint {
  if (text.toUpperCase() === 'ALL') return encodeCapabilities(CAPABILITIES);
  try {
    return encodeCapabilities(listOf(text));
  } catch (error) {
    if (!(error instanceof KernelParseError)) throw error;
    throw new UsageError(`${option}: no capability ${error.line}`);
  }
}

/** @throws {UsageError} on a word that is no key */
export function detachKeys({ detachKeys: text }: AttachWords): Uint8Array | undefined {
  try {
    return parseDetachKeys(text);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--detach-keys: ${error.message}`);
    throw error;
  }
}
