/** `porthole attach` as a file of its own; see acting-names.ts. */
import { actingFile } from './acting-file.ts';
import { addAttach } from './attach.ts';

export const actingMain = actingFile([addAttach]);
