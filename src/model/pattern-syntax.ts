/** The syntax of `pattern.ts`: source text to a tree. Pure. */

export type PatternNode =
  | { readonly kind: 'character'; readonly accepts: (character: string) => boolean }
  | { readonly kind: 'assert'; readonly holds: (before: string, after: string) => boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'either'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number };

export class PatternError extends Error {
  readonly code = 'PATTERN';
  constructor(
    message: string,
    /** Where in the pattern, from 0. */
    readonly offset: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'PatternError';
  }
}

const IGNORE_CASE = '(?i)';

/** @throws {PatternError} */
export function parsePattern(source: string): PatternNode {
  const ignoreCase = source.startsWith(IGNORE_CASE);
  const parser = new PatternParser(source, ignoreCase ? IGNORE_CASE.length : 0, ignoreCase ? 'isu' : 'su');
  return parser.whole();
}

const QUANTIFIER = /[*+?]|\{(\d+)(,?)(\d*)\}/y;
const CLASS = /\[(?:\\[\s\S]|[^\]\\])*\]/y;
const ESCAPE = /\\(?:[pP]\{[^}]*\}|x[0-9a-fA-F]{2}|u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|[dDwWsSnrtfv0])/y;
const WORD = /^\w$/;
const MAX_REPEAT = 1000;

class PatternParser {
  constructor(
    private readonly source: string,
    private at: number,
    private readonly flags: string,
  ) {}

  whole(): PatternNode {
    const node = this.either();
    if (this.at < this.source.length) throw new PatternError('a ) without its (', this.at);
    return node;
  }

  private either(): PatternNode {
    const parts = [this.sequence()];
    while (this.take('|')) parts.push(this.sequence());
    return { kind: 'either', parts };
  }

  private sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.at < this.source.length && this.peek() !== '|' && this.peek() !== ')')
      parts.push(this.repeated());
    return { kind: 'sequence', parts };
  }

  private repeated(): PatternNode {
    const start = this.at;
    if (this.match(QUANTIFIER) !== undefined) throw new PatternError('nothing to repeat', start);
    const part = this.atom();
    const quantifier = this.match(QUANTIFIER);
    if (quantifier === undefined) return part;
    this.take('?');
    const [min, max] = bounds(quantifier);
    if (min > max || min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY)) {
      throw new PatternError(`cannot repeat ${quantifier[0]}: 0 to ${MAX_REPEAT}, the smaller first`, start);
    }
    return { kind: 'repeat', part, min, max };
  }

  private atom(): PatternNode {
    const start = this.at;
    if (this.take('(')) return this.group(start);
    if (this.take('^')) return { kind: 'assert', holds: (before) => before === '' };
    if (this.take('$')) return { kind: 'assert', holds: (_before, after) => after === '' };
    if (this.take('\\b')) return { kind: 'assert', holds: (before, after) => isBorder(before, after) };
    if (this.take('\\B')) return { kind: 'assert', holds: (before, after) => !isBorder(before, after) };
    const native =
      this.match(CLASS) ?? this.match(ESCAPE) ?? (this.peek() === '.' ? this.match(/\./y) : undefined);
    if (native !== undefined) return this.character(native[0], start);
    if (this.peek() === '[') throw new PatternError('a [ without its ]', start);
    return this.literal(start);
  }

  private group(start: number): PatternNode {
    if (this.peek() === '?' && !this.take('?:')) throw new PatternError('only (?: ) groups are known', start);
    const node = this.either();
    if (!this.take(')')) throw new PatternError('a ( without its )', start);
    return node;
  }

  private literal(start: number): PatternNode {
    const escaped = this.take('\\');
    const character = String.fromCodePoint(this.source.codePointAt(this.at) ?? 0);
    if (escaped && (this.at >= this.source.length || /[0-9A-Za-z]/.test(character))) {
      throw new PatternError(`\\${this.peek()} is not known here`, start);
    }
    this.at += character.length;
    return this.character(character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'), start);
  }

  /** One character, judged by the built-in engine, which cannot backtrack over one. */
  private character(source: string, start: number): PatternNode {
    try {
      const regex = new RegExp(`^${source}$`, this.flags);
      return { kind: 'character', accepts: (character) => regex.test(character) };
    } catch (cause) {
      throw new PatternError(`${source} is not a valid class or escape`, start, { cause });
    }
  }

  private peek(): string {
    return this.source[this.at] ?? '';
  }

  private take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private match(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.source);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }
}

function bounds([text, min, comma, max]: RegExpExecArray): [number, number] {
  if (text === '*') return [0, Number.POSITIVE_INFINITY];
  if (text === '+') return [1, Number.POSITIVE_INFINITY];
  if (text === '?') return [0, 1];
  if (comma === '') return [Number(min), Number(min)];
  return [Number(min), max === '' ? Number.POSITIVE_INFINITY : Number(max)];
}

function isBorder(before: string, after: string): boolean {
  return WORD.test(before) !== WORD.test(after);
}
