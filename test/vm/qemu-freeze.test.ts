/** `porthole freeze`, `thaw` and `kill` on Debian's full kernel. */
import { qemuMissing, runInQemu } from './qemu.ts';
import { describeFreeze } from './v2-freeze.ts';

describeFreeze({ name: 'QEMU', missing: qemuMissing(), run: runInQemu });
