/** Block I/O of one cgroup by device, its limits, and pressure. */
import { parseBlkioBytes, parseBlkioOperations } from '../src/kernel/cgroup/blkio-bytes.ts';
import { type IoMax, noIoLimit, parseIoMax, parseThrottleV1 } from '../src/kernel/cgroup/io-max.ts';
import { parseIoStat } from '../src/kernel/cgroup/io-stat.ts';
import { parsePressure } from '../src/kernel/cgroup/pressure.ts';
import { type Fact, isUnknown, mapFact } from '../src/kernel/reading.ts';
import type { IoDeviceFacts, IoFacts, PressureFacts, PressureResource } from '../src/model/cgroup-facts.ts';
import type { BlockDevices } from './block-devices.ts';
import { clockUsec, type OpenCgroup } from './cgroup-tree-directory.ts';

const V1_BYTES = 'blkio.throttle.io_service_bytes_recursive';
const V1_OPERATIONS = 'blkio.throttle.io_serviced_recursive';

export function ioOf(cgroup: OpenCgroup, blockDevices: BlockDevices): IoFacts | undefined {
  if (!cgroup.has('io.stat') && !cgroup.has(V1_BYTES)) return undefined;
  const counted = cgroup.version === 2 ? cgroup.fact('io.stat', parseIoStat) : devicesV1(cgroup);
  const readAtUsec = clockUsec();
  return { readAtUsec, devices: mapFact(counted, (list) => described(list, blockDevices)) };
}

function described(list: readonly IoDeviceFacts[], blockDevices: BlockDevices): IoDeviceFacts[] {
  const summed = new Set(blockDevices.withoutStacked(list).map(({ device }) => device));
  return list.map((each) => {
    const name = blockDevices.name(each.device);
    const isStacked = !summed.has(each.device);
    return { ...each, ...(name !== undefined && { name }), ...(isStacked && { isStacked }) };
  });
}

/** Bytes and operations are files of their own, each of which can fail. */
function devicesV1(cgroup: OpenCgroup): Fact<IoDeviceFacts[]> {
  const bytes = cgroup.fact(V1_BYTES, parseBlkioBytes);
  const operations = cgroup.fact(V1_OPERATIONS, parseBlkioOperations);
  return mapFact(bytes, (list) =>
    list.map((each) => {
      const ops = mapFact(operations, (all) => all.find(({ device }) => device === each.device));
      return {
        ...each,
        readOps: mapFact(ops, (found) => found?.readOps),
        writeOps: mapFact(ops, (found) => found?.writeOps),
      };
    }),
  );
}

const V1_LIMITS = [
  ['read_bps', 'readBytesPerSec'],
  ['write_bps', 'writeBytesPerSec'],
  ['read_iops', 'readOpsPerSec'],
  ['write_iops', 'writeOpsPerSec'],
] as const;

/** Only devices that have one. */
export function ioLimitsOf(cgroup: OpenCgroup): Fact<readonly IoMax[]> {
  if (cgroup.version === 2) return cgroup.fact('io.max', parseIoMax);
  const limits = new Map<string, IoMax>();
  let isThere = false;
  for (const [file, field] of V1_LIMITS) {
    const listed = cgroup.fact(`blkio.throttle.${file}_device`, parseThrottleV1);
    if (isUnknown(listed)) return listed;
    if (listed !== undefined) isThere = true;
    for (const [device, limit] of listed ?? []) {
      limits.set(device, { ...(limits.get(device) ?? noIoLimit(device)), [field]: limit });
    }
  }
  return isThere ? [...limits.values()] : undefined;
}

const RESOURCES: readonly PressureResource[] = ['cpu', 'memory', 'io', 'irq'];

export function pressureOf(cgroup: OpenCgroup): Partial<Record<PressureResource, PressureFacts>> | undefined {
  const found = RESOURCES.filter((resource) => cgroup.has(`${resource}.pressure`));
  if (found.length === 0) return undefined;
  return Object.fromEntries(
    found.map((resource) => {
      const lines = cgroup.fact(`${resource}.pressure`, parsePressure);
      return [resource, { readAtUsec: clockUsec(), lines }];
    }),
  );
}
