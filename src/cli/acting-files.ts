/** `porthole cat` and `porthole cp` as a file of their own; see acting-names.ts. */
import { actingFile } from './acting-file.ts';
import { addCat } from './cat.ts';
import { addCp } from './cp.ts';

export const actingMain = actingFile([addCat, addCp]);
