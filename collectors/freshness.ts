/** How old what a sampler read before may be, for files that need not be read in every round. */

/** Limits, quotas and wishes change when somebody writes them. */
export const SETTING_GOOD_FOR_MS = 5000;
/** The kernel itself computes the averages of pressure every two seconds. */
export const PRESSURE_GOOD_FOR_MS = 1900;
/** What is concluded from a total of many: whoever resets one of them, as v1 allows, is noticed. */
export const COUNTED_ABOVE_FOR_MS = 30_000;
/** Periods of a quota may still end after the last one who used it. */
export const PERIODS_GOOD_FOR_MS = 5000;
/** Counters of a cgroup in which nothing has run since: the kernel reclaims and writes back without it. */
export const IDLE_GOOD_FOR_MS = 5000;
/** How memory in use is made up, in a cgroup in which nothing has run since and which uses as much as it did. */
export const SAME_MEMORY_GOOD_FOR_MS = 20_000;
/** The kernel takes stalls into its averages every two seconds and a tick. */
export const AVERAGES_LAG_MS = 3000;
/** Pressure of a cgroup that had none and in which nothing has run since: only who has run can be stuck. */
export const CALM_GOOD_FOR_MS = 5000;
