/**
 * Regular expressions whose time grows with the text only: container names and argv are hostile, and JavaScript's own
 * engine backtracks, so that `(a+)+$` can hang on 30 characters. All alternatives are followed at once (Thompson's
 * construction), one step per character; single characters and classes are still judged by the built-in engine. Pure.
 *
 * Known: . [classes] \d \w \s \p{…} \b ^ $ ( ) (?: ) | * + ? {n,m} and a leading (?i). Not known, because they need
 * backtracking: back references, look-around.
 */
import { type PatternNode, parsePattern } from './pattern-syntax.ts';

/** The longest text that is looked at; argv is read up to the same length. */
export const MAX_TEXT = 4096;
const MAX_INSTRUCTIONS = 5000;

type Instruction =
  | { readonly op: 'character'; readonly accepts: (character: string) => boolean }
  | { readonly op: 'assert'; readonly holds: (before: string, after: string) => boolean }
  | { readonly op: 'split'; readonly to: readonly [number, number] }
  | { readonly op: 'match' };

/** Does the pattern occur anywhere in a text? @throws {PatternError} */
export function compilePattern(source: string): (text: string) => boolean {
  const program = new Assembler().assemble(parsePattern(source));
  return (text) => run(program, text.slice(0, MAX_TEXT));
}

export class PatternTooLargeError extends Error {
  readonly code = 'PATTERN_TOO_LARGE';
  constructor() {
    super('repeats too much');
    this.name = 'PatternTooLargeError';
  }
}

class Assembler {
  private readonly program: Instruction[] = [];
  private steps = 0;

  assemble(node: PatternNode): readonly Instruction[] {
    this.emit(node);
    this.program.push({ op: 'match' });
    return this.program;
  }

  private emit(node: PatternNode): void {
    this.steps += 1;
    if (this.steps > MAX_INSTRUCTIONS || this.program.length > MAX_INSTRUCTIONS)
      throw new PatternTooLargeError();
    switch (node.kind) {
      case 'character':
        this.program.push({ op: 'character', accepts: node.accepts });
        return;
      case 'assert':
        this.program.push({ op: 'assert', holds: node.holds });
        return;
      case 'sequence':
        for (const part of node.parts) this.emit(part);
        return;
      case 'either':
        this.either(node.parts);
        return;
      case 'repeat':
        this.repeat(node.part, node.min, node.max);
    }
  }

  private either(parts: readonly PatternNode[]): void {
    const [first, ...others] = parts;
    if (first === undefined) return;
    if (others.length === 0) {
      this.emit(first);
      return;
    }
    const split = this.reserve();
    this.emit(first);
    const jump = this.reserve();
    this.branch(split, split + 1, this.program.length);
    this.either(others);
    this.branch(jump, this.program.length, this.program.length);
  }

  private repeat(part: PatternNode, min: number, max: number): void {
    for (let i = 0; i < min; i++) this.emit(part);
    if (max === Number.POSITIVE_INFINITY) {
      const split = this.reserve();
      this.emit(part);
      const back = this.reserve();
      this.branch(back, split, split);
      this.branch(split, split + 1, this.program.length);
      return;
    }
    const skips: number[] = [];
    for (let i = min; i < max; i++) {
      skips.push(this.reserve());
      this.emit(part);
    }
    for (const skip of skips) this.branch(skip, skip + 1, this.program.length);
  }

  private reserve(): number {
    return this.program.push({ op: 'match' }) - 1;
  }

  private branch(at: number, first: number, second: number): void {
    this.program[at] = { op: 'split', to: [first, second] };
  }
}

function run(program: readonly Instruction[], text: string): boolean {
  const characters = Array.from(text);
  let threads = new Set<number>();
  for (let i = 0; i <= characters.length; i++) {
    const before = characters[i - 1] ?? '';
    const character = characters[i] ?? '';
    threads.add(0);
    if (follow(program, threads, before, character)) return true;
    const next = new Set<number>();
    for (const at of threads) {
      const instruction = program[at];
      if (instruction?.op === 'character' && character !== '' && instruction.accepts(character))
        next.add(at + 1);
    }
    threads = next;
  }
  return false;
}

/** Adds to `threads` every instruction reachable without reading a character; true when one of them is the match. */
function follow(
  program: readonly Instruction[],
  threads: Set<number>,
  before: string,
  after: string,
): boolean {
  // A set visits what is added to it while it is being walked.
  for (const at of threads) {
    const instruction = program[at];
    if (instruction?.op === 'match') return true;
    if (instruction?.op === 'split') for (const to of instruction.to) threads.add(to);
    if (instruction?.op === 'assert' && instruction.holds(before, after)) threads.add(at + 1);
  }
  return false;
}
