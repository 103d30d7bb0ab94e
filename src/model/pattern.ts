/**
 * Regular expressions in a filter. Names and argv are hostile, and JavaScript's own engine backtracks, so that `(a+)+$`
 * can hang on 30 characters: RE2's algorithm takes time in proportion to the text. It knows no back references and no
 * look-around. Pure.
 * @see https://github.com/google/re2/wiki/Syntax
 */
import { RE2JS, RE2JSException } from 're2js';

/** The longest text that is looked at; argv is read up to the same length. */
export const MAX_TEXT = 4096;

export class PatternError extends Error {
  readonly code = 'PATTERN';
}

/** Does the pattern occur anywhere in a text? `.` also stands for a newline. @throws {PatternError} */
export function compilePattern(source: string): (text: string) => boolean {
  const compiled = compile(source);
  return (text) => compiled.matcher(text.slice(0, MAX_TEXT)).find();
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source, RE2JS.DOTALL);
  } catch (cause) {
    if (!(cause instanceof RE2JSException)) throw cause;
    throw new PatternError(cause.message.replace('error parsing regexp: ', ''), { cause });
  }
}
