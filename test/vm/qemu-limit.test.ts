/** `porthole limit` in QEMU, on the full kernel of Debian. */
import { qemuMissing, runInQemu } from './qemu.ts';
import { describeLimits } from './v2-limit.ts';

describeLimits({ name: 'QEMU', missing: qemuMissing(), run: runInQemu, isFull: true });
