/** Views without rows: the page of one container, and the host's. Data. */

import { glyphsFor } from '../glyphs.ts';
import { containerPage } from '../parts/container-page.ts';
import { hostBlocks } from '../parts/host-page.ts';
import type { Showing } from '../parts/showing.ts';
import type { Looking, PageView } from './view.ts';

export const containerView: PageView = {
  kind: 'page',
  id: 'container',
  title: 'Container',
  blocks: (looking, width) => {
    const { scope, history } = looking;
    if (scope === undefined) return [];
    return containerPage(
      { container: scope, past: history.past(scope.key), history },
      showingOf(looking),
      width,
    );
  },
};

export const hostView: PageView = {
  kind: 'page',
  id: 'host',
  title: 'Host',
  blocks: (looking, width) => hostBlocks(looking.frame, looking.history, showingOf(looking), width),
};

/** What is shown was so when the sample was taken. */
export function showingOf({ unicode, braille, frame }: Looking): Showing {
  return { unicode, braille, glyphs: glyphsFor(unicode), nowMs: frame.model.takenAtMs };
}
