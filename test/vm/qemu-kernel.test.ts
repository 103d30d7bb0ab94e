/** `porthole cgroups` and `porthole ns` on Debian's full kernel: PSI, cpuset partitions, huge pages, time namespaces. */
import { qemuMissing, runInQemu } from './qemu.ts';
import { describeV2 } from './v2-kernel.ts';

describeV2({ name: 'QEMU', missing: qemuMissing(), run: runInQemu, isFull: true });
