/** How old what a sampler read before may be, for files that need not be read in every round. */

/** Limits, quotas and wishes change when somebody writes them. */
export const SETTING_GOOD_FOR_MS = 5000;
/** The kernel itself computes the averages of pressure every two seconds. */
export const PRESSURE_GOOD_FOR_MS = 1900;
/** Counters of a cgroup in which nothing has run since: the kernel reclaims and writes back without it. */
export const IDLE_GOOD_FOR_MS = 5000;
/** Pressure of a cgroup that had none and in which nothing has run since: only who has run can be stuck. */
export const CALM_GOOD_FOR_MS = 5000;
