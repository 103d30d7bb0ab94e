/**
 * What line-based kernel files share. Pure.
 * A file that was read to its end finishes with a newline; text without one may have been cut by a short read.
 */
import { KernelParseError } from '../errors.ts';

/** The lines of a kernel file, without the empty string after the final newline. */
export function splitLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The single line of a one-line file. @throws {KernelParseError} when there are more, or none */
export function onlyLine(text: string, file: string): string {
  const line = text.endsWith('\n') ? text.slice(0, -1) : text;
  if (line === '' || line.includes('\n')) throw new KernelParseError(file, 'expected one line', text);
  return line;
}

const BLANKS = /[ \t]+/;

/** Fields between runs of blanks and tabs; none for a line of blanks only. */
export function splitBlanks(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  // Nearly all have one blank between them.
  return trimmed.includes('  ') || trimmed.includes('\t') ? trimmed.split(BLANKS) : trimmed.split(' ');
}
