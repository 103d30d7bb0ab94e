// The program of a test process that comes to a bad end (see test/live/lab.test.ts): starts containers, says so, and waits
// to be killed or ends without closing its lab.
import { Lab } from './lab.ts';

const lab = await Lab.create();
const containers = [
  await (await lab.docker()).run({ name: 'orphan-docker' }),
  await lab.podman({ name: 'orphan-podman' }),
  await lab.runc({ name: 'orphan-runc' }),
  await lab.lxc({ name: 'orphan-lxc' }),
  await lab.nspawn({ name: 'orphan-nspawn' }),
  await lab.bubblewrap({ name: 'orphan-bwrap' }),
  await lab.unshare({}),
  await lab.chroot({ name: 'orphan-chroot' }),
];
const parent = await lab.cgroup(['memory'], 'orphan');
containers.push(await (await lab.docker()).run({ name: 'below', args: ['--cgroup-parent', parent.path] }));
await containers[2]?.pause?.();
process.stdout.write(
  `${JSON.stringify({ dir: lab.dir, pids: containers.map((container) => container.initPid) })}\n`,
);
if (process.argv[2] === 'wait') await new Promise((resolve) => setTimeout(resolve, 600_000));
process.exit(0);
