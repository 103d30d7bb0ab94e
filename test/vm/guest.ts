/** The shell scripts that make a booted kernel ready and run the test's script in it. Text only. */
import type { MachineRun } from './machine.ts';

export interface GuestScripts {
  readonly hostname: string;
  /** Mounts the machine's directory, writable, at /mnt/vm. */
  readonly mountDirectory: string;
  /** What goes on when everything is mounted; must come to `sh /run/vm/run` in the end. */
  readonly start: string;
}

export const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * `init` is the machine's first program, `run` what it comes to. Results go to files of a mount of the host's, not over
 * the console, where the kernel writes too and line ends change. They are there for the host to read once that mount is
 * gone: hostfs writes back late.
 */
export function guestScripts(run: MachineRun, guest: GuestScripts): { init: string; run: string } {
  const { env = {}, directories = {} } = run;
  const variables = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/tmp',
    TERM: 'dumb',
    LANG: 'C.UTF-8',
    NODE: '/run/node',
    OUT: '/run/vm/out',
    ...env,
  };
  const init = `#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/shm /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
ln -s /proc/self/fd /dev/fd
# Made in /mnt first, so that what is mounted there may lie in /run itself.
mount -t tmpfs -o mode=755 tmpfs /mnt
touch /mnt/node
mount --bind ${quoted(process.execPath)} /mnt/node
mkdir /mnt/vm
${guest.mountDirectory}
${Object.entries(directories)
  .map(([name, path]) => `mkdir /mnt/${name} && mount --bind ${quoted(path)} /mnt/${name}`)
  .join('\n')}
mount --move /mnt /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
hostname ${guest.hostname}
cd /
${guest.start}
`;
  const toEnd = `cd /
${Object.entries(variables)
  .map(([name, value]) => `export ${name}=${quoted(value)}`)
  .join('\n')}
sh /run/vm/script >/run/vm/stdout 2>/run/vm/stderr </dev/null
echo $? >/run/vm/status
# What the script left running could keep the mount busy. Pid 1 and this process are spared.
kill -KILL -1
sync
umount /run/vm || mount -o remount,ro /run/vm || sync
echo o >/proc/sysrq-trigger
sleep 60
`;
  return { init, run: toEnd };
}
