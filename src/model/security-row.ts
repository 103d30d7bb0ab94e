/** How one container is confined, by what its init shows: for the dashboard's list. Types only. */
import type { Fact } from '../kernel/reading.ts';
import type { CapsView } from './caps-view.ts';

export interface SecurityRow {
  /** Of the container. */
  readonly key: string;
  readonly name: string;
  readonly runtime: string;
  /** Of its init, whose sets these are. */
  readonly pid: number;
  /** Without its executable: `porthole caps` tells what that would add. */
  readonly caps: Fact<CapsView>;
  /** AppArmor profile or SELinux context; absent where no such module is at work. */
  readonly lsm: Fact<string>;
}
