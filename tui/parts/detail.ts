/** What a container is called above its details, why it is one, and why the rest is not known. */

import { formatDuration } from '../../src/model/format.ts';
import type { Container } from '../../src/model/host-model.ts';
import { type Block, fact, type Part, part } from '../blocks.ts';
import type { DashboardState, Scope } from '../state.ts';
import { clock } from './header.ts';
import { unknownFields } from './unknowns.ts';

export function detailTitle({ container, endedAtMs }: Scope, state: DashboardState): Part[] {
  const nowMs = state.frame?.model.takenAtMs ?? state.nowMs;
  const startedMs = Date.parse(container.startedAt);
  const since = Number.isNaN(startedMs)
    ? []
    : [part(3, { text: `since ${formatDuration(nowMs - startedMs)}` })];
  return [
    part(0, { text: container.name, tone: 'strong' }),
    ...(endedAtMs === undefined
      ? []
      : [part(0, { text: `ended, last seen before ${clock(endedAtMs)}`, tone: 'act' })]),
    part(2, {
      text: [container.runtime, container.id?.slice(0, 12)].filter((each) => each !== undefined).join(' '),
    }),
    ...(container.image === undefined ? [] : [part(4, { text: `image ${container.image}` })]),
    part(1, { text: `pid ${container.initPid}` }),
    ...since,
  ];
}

export function evidenceFacts({ evidence }: Container): Block[] {
  return evidence.map((text, i) => fact(i === 0 ? 'evidence' : '', text));
}

export function unknownFacts(container: Container): Block[] {
  return unknownFields(container).map(({ field, unknown }, i) =>
    fact(i === 0 ? 'unknown' : '', `${field}: ${unknown.unknown}, ${unknown.errno} ${unknown.path}`, 'watch'),
  );
}
