/**
 * QEMU without KVM and Debian's full kernel: pure cgroup v2 with PSI, cpuset, hugetlb and all eight namespaces, on this
 * machine's own files (read-only below an overlay in memory), about ten seconds to a shell. With `init: 'systemd'` the script
 * runs as a service of this machine's systemd.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptKernel } from './kernel.mjs';
import {
  type Machine,
  type MachineKind,
  type MachineResult,
  type MachineRun,
  runMachine,
  startMachine,
} from './machine.ts';

export interface QemuRun extends MachineRun {
  /** What becomes pid 1: the script itself, or systemd with nothing to start but the script and what that asks for. */
  readonly init?: 'script' | 'systemd';
  /** Size of an empty disk at /dev/vda; none without. */
  readonly diskBytes?: number;
}

/** For engines under systemd, which take up to a minute; the scripts have a shorter one of their own, to tell what hangs. */
export const READY_WITHIN_MS = 130_000;

const PROGRAM = 'qemu-system-x86_64';
const SYSTEMD = '/lib/systemd/systemd';

/** Why QEMU cannot run here; undefined when it can. */
export function qemuMissing(): string | undefined {
  if (process.arch !== 'x64') return `its kernel is x86-64, this is ${process.arch}`;
  if (process.geteuid?.() !== 0) return 'its files can be shared by root only';
  const { error } = spawnSync(PROGRAM, ['--version'], { stdio: 'ignore' });
  if (error !== undefined)
    return `there is no ${PROGRAM} (npm run vm:qemu installs Debian's qemu-system-x86)`;
  if (keptKernel() === undefined)
    return 'there is no kernel for it in .cache/vm (npm run vm:qemu fetches it)';
  if (!existsSync(SYSTEMD)) return `there is no ${SYSTEMD}`;
  return undefined;
}

const QEMU: MachineKind<QemuRun> = {
  title: 'QEMU',
  deadlineMs: 120_000,
  command(dir, run) {
    const kernel = keptKernel();
    if (kernel === undefined) throw new Error('no kernel in .cache/vm: node test/vm/kernel.mjs fetches it');
    makeInitramfs(dir, kernel.modules);
    const disk = join(dir, 'disk');
    if (run.diskBytes !== undefined) {
      writeFileSync(disk, '');
      truncateSync(disk, run.diskBytes);
    }
    const share = (path: string, tag: string, more: string) =>
      `local,path=${path.replaceAll(',', ',,')},mount_tag=${tag},security_model=none,multidevs=remap${more}`;
    // What is emulated is kept by address: at other addresses each new process would have its code translated once more,
    // twice as slow.
    const parameters = 'console=ttyS0 panic=-1 psi=1 quiet apparmor=0 norandmaps';
    return [
      ...[PROGRAM, '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', run.memory ?? '3G'],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
      ...['-kernel', kernel.vmlinuz, '-initrd', join(dir, 'initramfs')],
      ...['-virtfs', share('/', 'host', ',readonly=on'), '-virtfs', share(dir, 'vm', '')],
      ...(run.diskBytes === undefined ? [] : ['-drive', `file=${disk},format=raw,if=virtio`]),
      ...['-append', `${parameters} porthole.init=${join(dir, 'init')}`],
    ];
  },
  guest: (_dir, run) => ({
    hostname: 'qemu',
    mountDirectory: 'mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 vm /mnt/vm',
    start: run.init === 'systemd' ? BECOME_SYSTEMD : '. /run/vm/run',
  }),
};

export const runInQemu = (run: QemuRun): Promise<MachineResult> => runMachine(QEMU, run);
export const startQemu = (run: QemuRun): Machine => startMachine(QEMU, run);

/** Loads the modules and makes the host's files its root: in memory whatever is written. */
const INITRAMFS_INIT = `#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
for module in /modules/*; do insmod "$module"; done
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose host /host
mount -t tmpfs -o mode=755,size=75% tmpfs /memory
mkdir /memory/upper /memory/work
mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work overlay /root
mount --move /dev /root/dev
init=$(sed 's/.*porthole.init=//; s/ .*//' /proc/cmdline)
umount /proc
exec switch_root /root "$init"
`;

function makeInitramfs(dir: string, modules: string): void {
  const root = join(dir, 'initramfs.d');
  for (const each of ['bin', 'dev', 'proc', 'host', 'memory', 'root'])
    mkdirSync(join(root, each), { recursive: true });
  cpSync(modules, join(root, 'modules'), { recursive: true });
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (busybox === undefined) throw new Error('no busybox: install busybox-static');
  cpSync(busybox, join(root, 'bin/busybox'), { dereference: true });
  writeFileSync(join(root, 'init'), INITRAMFS_INIT, { mode: 0o755 });
  const archive = execFileSync(busybox, ['cpio', '-o', '-H', 'newc'], {
    cwd: root,
    input: ['.', ...readdirSync(root, { recursive: true, encoding: 'utf8' })].join('\n'),
    stdio: ['pipe', 'pipe', 'ignore'],
    maxBuffer: 2 ** 28,
  });
  writeFileSync(join(dir, 'initramfs'), archive);
}

/**
 * The host's units, with nothing that would start by itself: no generators, no wants of targets. What the script needs is
 * activated over D-Bus or started by it. The names of directories are those of a merged /usr as well as of a split one.
 */
const BECOME_SYSTEMD = `
umount /dev/pts /dev/shm /sys /proc
for each in /etc /lib /usr/lib /usr/local/lib; do
	rm -rf $each/systemd/system-generators $each/systemd/system-environment-generators
	rm -rf $each/systemd/system/*.wants $each/systemd/system/*.requires
done
rm -rf /etc/fstab /var/lib/systemd /var/lib/machines
echo qemu >/etc/hostname
printf '%032x\\n' 1 >/etc/machine-id
cat >/etc/systemd/system/porthole.target <<'end'
[Unit]
AllowIsolate=yes
DefaultDependencies=no
Requires=porthole.service dbus.socket
end
cat >/etc/systemd/system/porthole.service <<'end'
[Unit]
DefaultDependencies=no
After=dbus.socket
[Service]
ExecStart=/bin/sh /run/vm/run
end
exec ${SYSTEMD} --unit=porthole.target --log-target=kmsg --show-status=no
`;
