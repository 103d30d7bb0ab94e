/** Views without rows: the page of one container, and the host's. Data. */

import { glyphsFor } from '../glyphs.ts';
import { identityFacts } from '../parts/detail-identity.ts';
import { useFacts } from '../parts/detail-use.ts';
import type { PageView } from './view.ts';

export const containerView: PageView = {
  kind: 'page',
  id: 'container',
  title: 'Container',
  blocks: ({ scope, frame, unicode }) =>
    scope === undefined
      ? []
      : [
          ...useFacts(scope, !unicode),
          ...identityFacts(scope, {
            ascii: !unicode,
            nowMs: frame.model.takenAtMs,
            glyphs: glyphsFor(unicode),
          }),
        ],
};

export const hostView: PageView = {
  kind: 'page',
  id: 'host',
  title: 'Host',
  blocks: () => [],
};
