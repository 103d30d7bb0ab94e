/** `porthole kill` as a file of its own; see acting-names.ts. */
import { actingFile, brief } from './acting-file.ts';
import { addKill } from './kill.ts';

export const actingMain = brief(actingFile([addKill]));
