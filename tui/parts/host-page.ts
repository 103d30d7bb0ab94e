/** The host: its load over time, its cgroups, who we are on it and what that does not allow, and what looking costs. Pure. */

import { isUnknown, mapFact } from '../../src/kernel/reading.ts';
import { decodeCapabilities } from '../../src/kernel/tables/capabilities.ts';
import type { Frame } from '../../src/live/feed.ts';
import { modelChecks } from '../../src/model/doctor.ts';
import { formatBytes, formatCount, formatDuration, formatPercent } from '../../src/model/format.ts';
import type { Container, HostModel } from '../../src/model/host-model.ts';
import type { PressurePair } from '../../src/model/sample.ts';
import { type Block, fact, heading } from '../blocks.ts';
import type { History } from '../history.ts';
import { hostPanels, usedBytes } from './host-charts.ts';
import { inColumns, pageCharts, section } from './page.ts';
import type { Showing } from './showing.ts';
import { shown } from './shown.ts';

export function hostBlocks(frame: Frame, history: History, showing: Showing, width: number): Block[] {
  const { model } = frame;
  const ascii = !showing.unicode;
  return [
    ...pageCharts(hostPanels(model, history, showing), history, showing, width),
    ...inColumns(
      [
        ...hostFacts(model, ascii),
        ...section('Cgroups', cgroupFacts(model)),
        ...section('Containers', containerFacts(model.containers)),
        ...section('What Porthole costs', costFacts(frame, ascii)),
      ],
      [...section('Our rights', rightsFacts(model)), ...section('Notes', noteFacts(model))],
      width,
    ),
  ];
}

function hostFacts({ host, hostCpuRatio }: HostModel, ascii: boolean): Block[] {
  const memory = `${shown(usedBytes(host), formatBytes, ascii)} of ${shown(host.memTotalBytes, formatBytes, ascii)} in use`;
  const busy = shown(hostCpuRatio, (ratio) => `${formatPercent(ratio)}%`, ascii);
  const up = mapFact(host.uptimeSeconds, (seconds) => formatDuration(seconds * 1000));
  return [
    heading('Host'),
    fact('hostname', host.hostname),
    fact('kernel', `Linux ${host.kernelRelease}`),
    fact('up', `${shown(up, String, ascii)}, since ${new Date(host.bootTimeMs).toISOString()}`),
    fact(
      'cpu',
      `${busy} of ${host.cpus} CPUs, load ${shown(host.loadAverage1, (load) => load.toFixed(2), ascii)}`,
    ),
    fact('memory', memory),
    fact('tasks', shown(host.tasks, formatCount, ascii)),
    ...pressureFacts(host.pressure),
  ];
}

function pressureFacts(pressure: HostModel['host']['pressure']): Block[] {
  if (pressure === undefined) return [fact('pressure', 'the kernel has no pressure files')];
  if (isUnknown(pressure)) return [fact('pressure', `${pressure.path}: ${pressure.errno}`, 'watch')];
  const line = (name: string, pair: PressurePair | undefined) =>
    pair === undefined ? [] : [`${name} ${averages('some', pair.some)}${averages(', full', pair.full)}`];
  const lines = [
    ...line('cpu', pressure.cpu),
    ...line('memory', pressure.memory),
    ...line('io', pressure.io),
  ];
  return lines.map((text, i) => fact(i === 0 ? 'pressure' : '', text));
}

/** As the kernel has them: of the last 10, 60 and 300 seconds. */
function averages(name: string, line: PressurePair['some']): string {
  if (line === undefined) return '';
  return `${name} ${[line.avg10, line.avg60, line.avg300].map((average) => average.toFixed(1)).join(' ')}`;
}

function cgroupFacts({ host }: HostModel): Block[] {
  return [
    fact('mode', host.cgroupMode),
    ...host.hierarchies.map(({ version, controllers, mountPoint }, i) =>
      fact(
        i === 0 ? 'hierarchies' : '',
        `v${version} ${mountPoint}  ${controllers.join(' ') || 'no controllers'}`,
      ),
    ),
  ];
}

function containerFacts(containers: readonly Container[]): Block[] {
  return [
    fact('runtimes', counts(containers.map(({ runtime }) => runtime))),
    fact('kinds', counts(containers.map(({ kind }) => kind))),
    fact('states', counts(containers.map(({ state }) => state))),
  ];
}

/** `docker 12, podman 3`, the most first. */
function counts(names: readonly string[]): string {
  const byName = new Map<string, number>();
  for (const name of names) byName.set(name, (byName.get(name) ?? 0) + 1);
  const sorted = [...byName].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return sorted.map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
}

/** Who we are, and each check that something is missing from, with what would give it. */
function rightsFacts(model: HostModel): Block[] {
  const { self } = model.host;
  const capabilities = decodeCapabilities(self.effectiveCapabilities);
  const lacking = modelChecks(model).filter(({ status }) => status !== 'ok');
  return [
    fact('user', self.uid === 0 ? 'root' : `uid ${self.uid}`),
    fact('caps', capabilities.map((name) => name.replace(/^CAP_/, '').toLowerCase()).join(' ') || 'none'),
    fact('proc', `hidepid=${self.procOptions.hidepid}${self.procOptions.subsetPid ? ', subset=pid' : ''}`),
    ...(lacking.length === 0 ? [fact('missing', 'nothing')] : []),
    ...lacking.flatMap(({ title, detail, fix, status }, i) => [
      fact(i === 0 ? 'missing' : '', `${title}: ${detail}`, status === 'missing' ? 'act' : 'watch'),
      ...(fix === undefined ? [] : [fact('', fix, 'faint')]),
    ]),
  ];
}

function noteFacts({ notes }: HostModel): Block[] {
  return notes.map(({ about, text }) => fact(about, text, 'watch'));
}

function costFacts({ cost, model }: Frame, ascii: boolean): Block[] {
  const { processes, vanished, host } = model;
  return [
    fact('last sample', `${Math.round(cost.durationMs)} ms, of it ${cost.cpuMs.toFixed(1)} ms CPU`),
    fact('seen', `${processes.size} processes; ${vanished} ended while they were read`),
    fact('pid', `${host.self.pid}`),
    ...(host.forks === undefined
      ? []
      : [fact('forks', `${shown(host.forks, formatCount, ascii)} on the host since boot`)]),
  ];
}
