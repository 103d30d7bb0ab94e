/** `porthole ps --watch` in user-mode Linux. */
import { runInUml, umlMissing } from './uml.ts';
import { describeFresh } from './v2-fresh.ts';

describeFresh({ name: 'user-mode Linux', missing: umlMissing(), run: runInUml });
