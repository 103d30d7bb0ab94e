/** `porthole freeze` and `porthole thaw` as a file of their own; see acting-names.ts. */
import { actingFile, brief } from './acting-file.ts';
import { addFreeze } from './freeze.ts';
import { addThaw } from './thaw.ts';

export const actingMain = brief(actingFile([addFreeze, addThaw]));
