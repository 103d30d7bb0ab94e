/** `porthole freeze`, `thaw` and `kill` in user-mode Linux. */
import { runInUml, umlMissing } from './uml.ts';
import { describeFreeze } from './v2-freeze.ts';

describeFreeze({ name: 'user-mode Linux', missing: umlMissing(), run: runInUml });
