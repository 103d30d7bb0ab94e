/** `porthole doctor`: what this host and these rights allow, and what is missing and why. */
import type { Command } from 'commander';
import { arrivalsAreTold } from '../live/arrivals.ts';
import { type Check, examine } from '../model/doctor.ts';
import { observeOnce } from './observe.ts';
import { addJsonOption, addSourceOptions } from './options.ts';
import { printJson, printLine } from './print.ts';
import { kernelFiles, type SourceOptions } from './sources.ts';
import type { Style } from './table.ts';

interface DoctorOptions extends SourceOptions {
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  porthole doctor            as you are now
  sudo porthole doctor       what root would see
  porthole doctor --json     for a bug report`;

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .summary('what can be seen here, and what is missing and why')
    .description('Check what this host and these rights let Porthole see, and how to see the rest.');
  addSourceOptions(addJsonOption(command))
    .addHelpText('after', EXAMPLES)
    .action((options: DoctorOptions) => doctor(options));
}

const STYLES: Readonly<Record<Check['status'], Style>> = { ok: 'green', limited: 'yellow', missing: 'red' };

async function doctor(options: DoctorOptions): Promise<void> {
  const files = kernelFiles(options);
  const model = await observeOnce(files);
  const { host, checks } = examine(model, arrivalsAreTold(files));
  if (options.json === true) {
    const takenAt = new Date(model.takenAtMs).toISOString();
    await printJson({ schema: 'porthole.doctor/1', takenAt, host, checks });
    return;
  }
  await printLine(
    `${host.hostname}  Linux ${host.kernel}  cgroups ${host.cgroupMode}  uid ${host.uid}  ${host.capabilities.length} capabilities`,
  );
  await printLine('');
  for (const { title, status, detail, fix } of checks) {
    await printLine([{ text: status.padEnd(8), style: STYLES[status] }, `${title}: ${detail}`]);
    if (fix !== undefined) await printLine([{ text: `        ${fix}`, style: 'dim' }]);
  }
}
