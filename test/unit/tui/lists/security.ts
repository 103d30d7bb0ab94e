/** As docker starts a container by default; `db` in a user namespace of its own, `checkout-api` with more rights than that. */
import { parsePidStatus } from '../../../../src/kernel/proc/status.ts';
import {
  DOCKER_DEFAULT_CAPABILITIES,
  encodeCapabilities,
} from '../../../../src/kernel/tables/capabilities.ts';
import { INITIAL_INODES } from '../../../../src/kernel/tables/namespaces.ts';
import { type CapsView, capsView } from '../../../../src/model/caps-view.ts';
import type { Container } from '../../../../src/model/host-model.ts';
import type { SecurityRow } from '../../../../src/model/security-row.ts';
import { chosen, DENIED, firstPid, inodeOf } from './numbers.ts';

export function securityRows(all: readonly Container[], key: string | undefined): SecurityRow[] {
  return chosen(all, key).map((each): SecurityRow => {
    const pid = firstPid(each);
    const { key: own, name, runtime } = each;
    const isHidden = name === 'ingress';
    return {
      key: own,
      name,
      runtime,
      pid,
      caps: isHidden ? DENIED(`/proc/${pid}/status`) : capsOf(each),
      lsm: 'docker-default (enforce)',
    };
  });
}

function capsOf(container: Container): CapsView {
  const { name } = container;
  const own = inodeOf(container, 3);
  const usual = encodeCapabilities(DOCKER_DEFAULT_CAPABILITIES);
  const held = name === 'checkout-api' ? usual | encodeCapabilities(['CAP_SYS_ADMIN']) : usual;
  const isOwn = name === 'db';
  const user = isOwn ? own : (INITIAL_INODES.user ?? 0);
  const outside = isOwn ? 100_000 : 0;
  const map = [{ inside: 0, outside, count: isOwn ? 65_536 : 2 ** 32 - 1 }];
  return capsView({
    status: parsePidStatus(statusText(container, held, outside)),
    lastCap: 40,
    namespaces: { user, mnt: inodeOf(container, 0), pid: inodeOf(container, 1), net: inodeOf(container, 2) },
    host: INITIAL_INODES,
    owners: { mnt: user, pid: user, net: user },
    userNamespace: {
      inode: user,
      parent: isOwn ? INITIAL_INODES.user : undefined,
      ownerUid: isOwn ? 1000 : undefined,
      uidMap: map,
      gidMap: map,
    },
    executable: undefined,
  });
}

function statusText(container: Container, held: bigint, uid: number): string {
  const pid = firstPid(container);
  const mask = held.toString(16).padStart(16, '0');
  const none = '0'.repeat(16);
  const ids = Array.from({ length: 4 }, () => uid).join('\t');
  return [
    'Name:\tinit',
    'Umask:\t0022',
    'State:\tS (sleeping)',
    `Tgid:\t${pid}`,
    'Ngid:\t0',
    `Pid:\t${pid}`,
    'PPid:\t1',
    'TracerPid:\t0',
    `Uid:\t${ids}`,
    `Gid:\t${ids}`,
    'FDSize:\t64',
    'Groups:\t ',
    `NStgid:\t${pid}\t1`,
    `NSpid:\t${pid}\t1`,
    'Threads:\t1',
    `CapInh:\t${none}`,
    `CapPrm:\t${mask}`,
    `CapEff:\t${mask}`,
    `CapBnd:\t${mask}`,
    `CapAmb:\t${none}`,
    'NoNewPrivs:\t0',
    'Seccomp:\t2',
    'Seccomp_filters:\t1',
    '',
  ].join('\n');
}
