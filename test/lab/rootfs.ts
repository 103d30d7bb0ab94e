// A root file system out of busybox-static: what every container of the lab runs in.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// systemd-nspawn asks for usr/ and etc/os-release, lxc and runc for the mount points.
const directories = 'bin dev etc home mnt proc root run sbin sys tmp usr/bin usr/lib var/lib var/tmp'.split(
  ' ',
);

const files: Record<string, string> = {
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\nlab:x:1000:1000:lab:/home:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  'etc/group': 'root:x:0:\nlab:x:1000:\nnogroup:x:65534:\n',
  'etc/os-release': 'ID=porthole-lab\nNAME="Porthole lab"\nVERSION_ID=1\n',
};

export function makeRootfs(rootfs: string): void {
  for (const directory of directories) mkdirSync(join(rootfs, directory), { recursive: true });
  chmodSync(join(rootfs, 'tmp'), 0o1777);
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (!busybox) throw new Error('no busybox: install busybox-static (node test/lab/packages.mjs)');
  copyFileSync(busybox, join(rootfs, 'bin/busybox'));
  chmodSync(join(rootfs, 'bin/busybox'), 0o755);
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n');
  for (const applet of applets)
    if (applet && applet !== 'busybox') symlinkSync('busybox', join(rootfs, 'bin', applet));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(rootfs, path), text);
}
