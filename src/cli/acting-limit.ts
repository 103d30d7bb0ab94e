/** `porthole limit` as a file of its own; see acting-names.ts. */
import { actingFile } from './acting-file.ts';
import { addLimit } from './limit.ts';

export const actingMain = actingFile(addLimit);
