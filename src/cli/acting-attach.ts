/** `porthole attach` as a file of its own; see acting.ts. */
import type { ActingFile } from './acting-names.ts';
import { addAttach } from './attach.ts';
import { runProgram } from './program.ts';

export const actingMain: ActingFile['actingMain'] = (_, argv) => runProgram(argv, addAttach);
