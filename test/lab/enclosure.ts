// One private mount namespace for a lab's engines, in which /run and /var/lib are directories of the lab. Engines write to
// fixed paths there whatever their flags say (/run/containerd/s, /run/docker/plugins, /run/runc, /run/lxc, /run/systemd/nspawn,
// /var/lib/containers/cache). The lab directory itself is a shared mount, so what engines mount below it the host sees too,
// as it does with any engine. Containers get mount namespaces of their own, as always.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LabCore } from './core.ts';
import { mountsOf } from './host.ts';
import { waitFor } from './wait.ts';

// -n: mount(8) otherwise makes /run/mount. Each mount that holds the two directories becomes private first: where / or
// /run is shared (systemd hosts), our mounts would show up on the host.
const hide = `
for point in / /run /var /var/lib; do
  if mountpoint -q $point; then mount -n --make-private $point || exit 1; fi
done
for name in run var/lib; do
  mount -n --bind "$1/$name" /$name && mount -n --make-private /$name || exit 1
done
exec sleep 2147483647`;

/** Starts the process that holds the namespace; returns the words to put before a command which shall run inside. */
export async function makeEnclosure(core: LabCore): Promise<string[]> {
  const { dir } = core;
  for (const name of ['run', 'var/lib']) mkdirSync(join(dir, name), { recursive: true });
  await core.run(['mount', '-n', '--bind', dir, dir]);
  await core.run(['mount', '-n', '--make-private', dir]);
  await core.run(['mount', '-n', '--make-shared', dir]);
  const holder = core.launch(
    ['unshare', '-m', '--propagation', 'unchanged', 'sh', '-c', hide, 'sh', dir],
    'enclosure',
  );
  await waitFor(() => {
    holder.check();
    const points = mountsOf(holder.pid).filter((mount) => mount.root.startsWith('/'));
    return ['run', 'var/lib'].every((name) =>
      points.some((mount) => mount.mountPoint === `/${name}` && mount.root.endsWith(`${dir}/${name}`)),
    );
  }, 'the private mount namespace of the engines');
  return ['nsenter', `--mount=/proc/${holder.pid}/ns/mnt`, '--'];
}
