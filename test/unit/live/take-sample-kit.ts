/** Hosts made of files, and the model of what is read there. */
import { SampleTaker } from '../../../src/live/take-sample.ts';
import { buildModel } from '../../../src/model/build.ts';
import type { HostModel } from '../../../src/model/host-model.ts';
import type { Sample } from '../../../src/model/sample.ts';
import { CONTROLLERS, FakeHost, V2_MOUNT } from '../collectors/fake-host.ts';
import { id64 } from '../model/facts.ts';

export const A = id64('aaaa');
export const B = id64('bbbb');
export const C = id64('cccc');
export const UID = '5e5fb9b5-9c2a-4d0e-8a5c-0123456789ab';
export const CGROUPS = '/sys/fs/cgroup';
export const ROOT_MOUNT = '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n';
export const own = (from: number) => ({ mnt: from, pid: from + 1, net: from + 2, ipc: from + 4 });

export function v2Host(): FakeHost {
  const fake = new FakeHost(`${ROOT_MOUNT}${V2_MOUNT}`);
  fake.cgroup(CGROUPS, { 'cgroup.controllers': CONTROLLERS });
  return fake;
}

export async function model(fake: FakeHost): Promise<HostModel & { sample: Sample }> {
  const sample = await new SampleTaker(fake.files).take();
  return { ...buildModel(sample), sample };
}

export const names = ({ containers }: HostModel) =>
  containers.map(
    ({ name, runtime, kind, initPid, pids }) => `${kind} ${runtime} ${name} ${initPid} ${pids.length}`,
  );

export const one = (found: HostModel) => {
  const [container, ...others] = found.containers;
  if (container === undefined || others.length > 0) throw new Error(names(found).join('; '));
  return container;
};

/** An overlay root, and what engines mount over /etc/hostname from `source`, a directory of the host's root disk. */
export const mountsFrom = (source: string, upper = '/x/diff') =>
  `500 400 0:50 / / rw - overlay overlay rw,lowerdir=/l,upperdir=${upper},workdir=/w\n` +
  `501 500 8:1 ${source} /etc/hostname rw - ext4 /dev/sda1 rw\n`;
