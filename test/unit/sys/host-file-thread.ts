// Run in a worker thread, in which Node warns when a descriptor that it opened was closed by somebody else. Prints what it warns of.
import { HostDisk } from '../../../src/sys/host-file.ts';
import { KernelFiles } from '../../../src/sys/kernel-files.ts';

const files = new KernelFiles();
const read = [HostDisk.ofHost(files), HostDisk.ofProcess(files, process.pid)].flatMap((disk) =>
  ['/etc/passwd', '/etc/passwd', '/etc/passwd'].map((path) => disk.exists(path) && disk.read(path).ok),
);
process.stdout.write(read.join(' '));
