/** What block devices are made of: a device mapper or md device counts again on the disks below it. */
import type { KernelFiles } from '../src/sys/kernel-files.ts';

/** Remembered for as long as this lives: a sample. */
export class BlockDevices {
  readonly #below = new Map<string, readonly string[]>();
  readonly #names = new Map<string, string | undefined>();

  constructor(readonly files: KernelFiles) {}

  /** The devices, as "major:minor", that this one lies on. */
  below(device: string): readonly string[] {
    const seen = this.#below.get(device);
    if (seen !== undefined) return seen;
    const directory = this.files.sys(`/sys/dev/block/${device}/slaves`);
    const names = this.files.list(directory);
    const below = (names.ok ? names.value : []).flatMap((name) => {
      const numbers = this.files.small(`${directory}/${name}/dev`);
      return numbers.ok ? [numbers.value.trim()] : [];
    });
    this.#below.set(device, below);
    return below;
  }

  /** As in /dev: `sda1`, `dm-0`. */
  name(device: string): string | undefined {
    if (this.#names.has(device)) return this.#names.get(device);
    const event = this.files.small(this.files.sys(`/sys/dev/block/${device}/uevent`));
    const name = event.ok ? /^DEVNAME=(.+)$/m.exec(event.value)?.[1] : undefined;
    this.#names.set(device, name);
    return name;
  }

  /** Without those that lie on others in the list: the same bytes, counted twice. */
  withoutStacked<Entry extends { readonly device: string }>(list: readonly Entry[]): Entry[] {
    const listed = new Set(list.map(({ device }) => device));
    return list.filter(({ device }) => !this.below(device).some((each) => listed.has(each)));
  }
}
