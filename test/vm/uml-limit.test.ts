/** `porthole limit` in user-mode Linux, whose kernel is without cpuset, hugetlb and a weight of disks. */
import { runInUml, umlMissing } from './uml.ts';
import { describeLimits } from './v2-limit.ts';

describeLimits({ name: 'user-mode Linux', missing: umlMissing(), run: runInUml, isFull: false });
