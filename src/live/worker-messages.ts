/** What the sampler's worker and its owner say to each other. */
import type { Frame, Listing, ListWish } from './feed.ts';
import type { ModelDelta } from './frame-delta.ts';

export interface SamplerSettings {
  readonly procRoot: string;
  readonly sysRoot: string;
  readonly intervalMs: number;
}

export type SamplerRequest =
  | { readonly kind: 'refresh' }
  | { readonly kind: 'want'; readonly wish: ListWish | undefined }
  | { readonly kind: 'interval'; readonly intervalMs: number }
  | { readonly kind: 'pause'; readonly paused: boolean }
  /** Give back everything, and end. */
  | { readonly kind: 'close' };

export type SamplerMessage =
  /** With a listing only when it is a new one. The first one of a worker tells everything. */
  | {
      readonly kind: 'frame';
      readonly isFirst: boolean;
      readonly delta: ModelDelta;
      readonly cost: Frame['cost'];
      readonly listing: Listing | undefined;
    }
  /** Taken between two samples. */
  | { readonly kind: 'listing'; readonly listing: Listing }
  | { readonly kind: 'trouble'; readonly message: string };

export function isMessage(value: unknown): value is SamplerMessage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    (value.kind === 'frame' || value.kind === 'listing' || value.kind === 'trouble')
  );
}
