/** Files of a cgroup that say what it uses; which of them are parsed, use.ts knows. */

export const IO_BYTES_V1 = 'blkio.throttle.io_service_bytes_recursive';
export const IO_OPERATIONS_V1 = 'blkio.throttle.io_serviced_recursive';

/** Beside limits, these files are read of the container's own cgroup. */
export const USE_FILES: readonly string[] = [
  'memory.current',
  'memory.usage_in_bytes',
  'memory.stat',
  'memory.events',
  'memory.oom_control',
  'memory.swap.current',
  'pids.current',
  'cpu.stat',
  'cpuacct.usage',
  'cpuset.cpus.effective',
  'cpuset.effective_cpus',
  'cpuset.mems.effective',
  'cpuset.effective_mems',
  'io.stat',
  IO_BYTES_V1,
  IO_OPERATIONS_V1,
];
