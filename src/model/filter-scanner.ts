/** Cuts a filter expression into words, operators and values. Pure. */
import { FilterError } from './filter-error.ts';

const OPERATORS = ['!=', '!~', '>=', '<=', '==', '=', '~', '>', '<'] as const;
export type FilterOperator = (typeof OPERATORS)[number];

/** A word ends at a blank, a comma, a parenthesis, a quote, an operator, `&&` or `||`. */
const WORD = /(?:(?!&&|\|\||![=~])[^\s,()=~<>"'])+/y;
const BLANKS = /\s*/y;

export class FilterScanner {
  at = 0;
  constructor(private readonly source: string) {}

  skipBlanks(): number {
    this.match(BLANKS);
    return this.at;
  }

  atEnd(): boolean {
    return this.skipBlanks() >= this.source.length;
  }

  take(text: string): boolean {
    this.skipBlanks();
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** `and`, `or`, `not` as words of their own, in any case; not when they are compared with something. */
  takeWord(keyword: string): boolean {
    const start = this.skipBlanks();
    if (this.match(WORD)?.toLowerCase() === keyword && this.peekOperator() === undefined) return true;
    this.at = start;
    return false;
  }

  word(): string {
    const start = this.skipBlanks();
    const word = this.match(WORD);
    if (word !== undefined) return word;
    const found = this.source[start];
    throw new FilterError(
      found === undefined
        ? 'ends where a field or a word is expected'
        : `expected a field or a word, not ${found}`,
      start,
    );
  }

  operator(): FilterOperator | undefined {
    const operator = this.peekOperator();
    if (operator !== undefined) this.at += operator.length;
    return operator;
  }

  /** Quoted, or up to a blank, `,`, `)`, `&&` or `||` that is not inside brackets of the value itself. */
  value(): string {
    const quoted = this.quoted();
    if (quoted !== undefined) return quoted;
    const start = this.at;
    let depth = 0;
    while (this.at < this.source.length && !this.endsValue(depth)) {
      const character = this.source[this.at] ?? '';
      if (character === '\\') this.at += 1;
      else if ('([{'.includes(character)) depth += 1;
      else if (')]}'.includes(character)) depth = Math.max(0, depth - 1);
      this.at += 1;
    }
    this.at = Math.min(this.at, this.source.length);
    if (this.at === start) throw new FilterError('a value is missing; write "" for the empty text', start);
    return this.source.slice(start, this.at);
  }

  /** In quotes a backslash stands for itself, except before the quote and before another backslash. */
  quoted(): string | undefined {
    const start = this.skipBlanks();
    const quote = this.source[start];
    if (quote !== '"' && quote !== "'") return undefined;
    let text = '';
    for (let i = start + 1; i < this.source.length; i++) {
      const character = this.source[i] ?? '';
      if (character === quote) {
        this.at = i + 1;
        return text;
      }
      const next = this.source[i + 1];
      if (character === '\\' && (next === quote || next === '\\')) i += 1;
      text += this.source[i] ?? '';
    }
    throw new FilterError(`this ${quote} is not closed`, start);
  }

  private endsValue(depth: number): boolean {
    const character = this.source[this.at] ?? '';
    if (/\s/.test(character)) return true;
    if (depth > 0) return false;
    return (
      character === ',' || character === ')' || /^(?:&&|\|\|)/.test(this.source.slice(this.at, this.at + 2))
    );
  }

  private peekOperator(): FilterOperator | undefined {
    this.skipBlanks();
    return OPERATORS.find((each) => this.source.startsWith(each, this.at));
  }

  private match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.source)?.[0];
    if (found === undefined || found === '') return undefined;
    this.at += found.length;
    return found;
  }
}
