/** `porthole cgroups` and `porthole ns` in user-mode Linux, whose kernel is without PSI, cpuset and time namespaces. */
import { runInUml, umlMissing } from './uml.ts';
import { describeV2 } from './v2-kernel.ts';

describeV2({ name: 'user-mode Linux', missing: umlMissing(), run: runInUml, isFull: false });
