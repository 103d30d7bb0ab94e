/** `porthole limit` as a file of its own; see acting-names.ts. */
import { actingFile, brief } from './acting-file.ts';
import { addLimit } from './limit.ts';
import { limit } from './limit-run.ts';
import { plainLimit } from './limit-words.ts';

export const actingMain = brief(
  actingFile([(program) => addLimit(program)], ([, ...words]) => {
    const plain = plainLimit(words, process.env);
    return plain && (() => limit(plain.target, plain.words, plain.options));
  }),
);
