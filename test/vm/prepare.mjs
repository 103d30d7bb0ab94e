// What other kernels need beside the lab: their packages and QEMU's kernel. Says what cannot be had; the tests that need it
// are skipped then, with the reason in their title.
import { installMachinePackages } from '../lab/packages.mjs';
import { fetchKernel } from './kernel.mjs';

export function prepareMachines() {
  installMachinePackages();
  try {
    fetchKernel();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stdout.write(`Without a kernel for QEMU its tests are skipped: ${why}\n`);
  }
}
