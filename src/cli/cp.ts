/** `porthole cp`: files into and out of a container, without entering it. */
import type { Command } from 'commander';
import { actionError, ContainerFiles, hostOperand } from '../actions/files/container-files.ts';
import type { Operand } from '../actions/files/job.ts';
import { FileHelper } from '../actions/files/run.ts';
import { type FileWord, parseFileWord } from '../actions/files/words.ts';
import { findTarget } from '../live/find-target.ts';
import { UsageError } from './exit.ts';
import { addSourceOptions } from './options.ts';
import { printError } from './print.ts';
import { kernelFiles, type SourceOptions } from './sources.ts';

interface CpOptions extends SourceOptions {
  readonly archive?: true;
  readonly followLink?: true;
}

const EXAMPLES = `
Examples:
  porthole cp web:/etc/nginx/nginx.conf .      a file out of a container
  porthole cp app.conf web:/etc/app/           into a directory that is there
  porthole cp -a ./site/. web:/srv/www         what is in a directory, with owners
  porthole cp web:/var/log/app.log - | tail    to stdout
  date | porthole cp - web:/tmp/now            from stdin

Where it goes is decided as by docker cp: into DEST when that is a directory, else it is called DEST.
A file takes its place when it is whole, so none is left half-written.`;

export function addCp(program: Command): void {
  const command = program
    .command('cp')
    .argument('<source>', 'TARGET:PATH, a path of the host, or - for stdin')
    .argument('<dest>', 'TARGET:PATH, a path of the host, or - for stdout')
    .summary('copy files into or out of a container, without entering it')
    .description('Copy files and directories between a container and the host.');
  addSourceOptions(command)
    .option('-a, --archive', 'keep owners, by their numbers inside, and set-user-id bits')
    .option('-L, --follow-link', 'copy what a link SOURCE leads to, not the link')
    .addHelpText('after', EXAMPLES)
    .action((source: string, dest: string, options: CpOptions) => cp(source, dest, options));
}

async function cp(source: string, dest: string, options: CpOptions): Promise<void> {
  const from = parseFileWord(source);
  const to = parseFileWord(dest);
  const target = targetOf(from, to);
  const files = kernelFiles(options);
  const stdin = from.where === 'stream' ? 'inherit' : 'ignore';
  // Takes as long to start as the container takes to be found.
  const helper = new FileHelper({ stdin, stdout: 'inherit' });
  try {
    const container = ContainerFiles.open(files, (await findTarget(files, target)).container);
    try {
      await copy(helper, container, { from, to }, options);
    } finally {
      container.close();
    }
  } finally {
    helper.close();
  }
}

/** The one container that is spoken of. @throws {UsageError} */
export function targetOf(from: FileWord, to: FileWord): string {
  if (from.where === 'container' && to.where === 'container')
    throw new UsageError(
      'cp: one side must be on the host; copy out of the one container, then into the other',
    );
  if (from.where === 'container') return from.target;
  if (to.where === 'container') return to.target;
  throw new UsageError(
    'cp: neither side is in a container; write TARGET:PATH (a cgroup path is no TARGET here: what begins with / or . is on the host)',
  );
}

async function copy(
  helper: FileHelper,
  container: ContainerFiles,
  { from, to }: { readonly from: FileWord; readonly to: FileWord },
  { archive, followLink }: CpOptions,
): Promise<void> {
  const operand = (word: FileWord): Operand => {
    if (word.where === 'stream') return word;
    return word.where === 'host' ? hostOperand(word.path) : container.operand(word.path);
  };
  const outcome = await helper.run(
    {
      ...container.ids,
      from: operand(from),
      to: operand(to),
      root: { pid: process.pid, fd: container.rootFd },
      archive: archive === true,
      follow: followLink === true || to.where === 'stream',
    },
    printError,
  );
  if (outcome.how === 'failed') throw actionError('cp', outcome.failure);
  if (outcome.how !== 'interrupted') return;
  if (outcome.left !== undefined) await printError(`cp: interrupted; ${outcome.left} is left behind`);
  process.kill(process.pid, outcome.signal);
}
