/** `porthole cat TARGET:PATH`: the contents of a file of a container, without entering it. */
import { StringDecoder } from 'node:string_decoder';
import type { Command } from 'commander';
import { actionError, ContainerFiles } from '../actions/files/container-files.ts';
import { FileHelper, type Outcome } from '../actions/files/run.ts';
import { splitTarget } from '../actions/files/words.ts';
import { AccessDeniedError } from '../kernel/errors.ts';
import { errnoMessage } from '../kernel/tables/errno.ts';
import { targetFinder } from '../live/find-target.ts';
import { UsageError } from './exit.ts';
import { addSourceOptions } from './options.ts';
import { printContents, printError } from './print.ts';
import { kernelFiles, type SourceOptions } from './sources.ts';

interface CatOptions extends SourceOptions {
  readonly raw?: true;
}

const EXAMPLES = `
Examples:
  porthole cat web:/etc/nginx/nginx.conf
  porthole cat web /etc/passwd /etc/group
  porthole cat docker:8a87:/var/log/app.log | less

Symbolic links are followed inside the container. Devices, fifos and sockets are never opened. On a terminal
control characters are shown as \\x1b and the like, unless --raw is given; in a pipe every byte is as it is.`;

export function addCat(program: Command): void {
  const command = program
    .command('cat')
    .argument('<target>', 'container name, id, host pid, cgroup path or namespace; with :PATH for one file')
    .argument('[paths...]', 'files in it, or more TARGET:PATH')
    .summary('print a file of a container, without entering it')
    .description('Print files of a container, found below its own root directory.');
  addSourceOptions(command)
    .option('--raw', 'every byte as it is, on a terminal too')
    .addHelpText('after', EXAMPLES)
    .action((target: string, paths: readonly string[], options: CatOptions) => cat(target, paths, options));
}

interface Wanted {
  readonly target: string;
  readonly path: string;
}

/** `TARGET PATH...`, or `TARGET:PATH...` when the first word has a path. */
export function wantedFiles(first: string, rest: readonly string[]): Wanted[] {
  const hasPath = rest.length === 0 || first.includes(':/');
  if (!hasPath) return rest.map((path) => ({ target: first, path }));
  return [first, ...rest].map((word) => {
    const split = splitTarget(word);
    if (split === undefined) throw new UsageError(`cat ${JSON.stringify(word)}: expected TARGET:PATH`);
    return split;
  });
}

async function cat(first: string, rest: readonly string[], options: CatOptions): Promise<void> {
  const wanted = wantedFiles(first, rest);
  const files = kernelFiles(options);
  const isShown = process.stdout.isTTY === true && options.raw !== true;
  const start = () => new FileHelper({ stdin: 'ignore', stdout: isShown ? 'pipe' : 'inherit' });
  // Takes as long to start as the container takes to be found.
  let helper = start();
  try {
    const finder = await targetFinder(files);
    for (const [i, { target, path }] of wanted.entries()) {
      if (i > 0) helper = start();
      const container = ContainerFiles.open(files, finder.find(target).container);
      try {
        if (!(await printFile(helper, container, path))) return;
      } finally {
        container.close();
      }
    }
  } finally {
    helper.close();
  }
}

/** False when nobody reads any more. */
async function printFile(helper: FileHelper, container: ContainerFiles, path: string): Promise<boolean> {
  const shown = helper.output === null ? undefined : show(helper.output);
  const outcome = await helper.run(
    {
      ...container.ids,
      from: container.operand(path),
      to: { where: 'stream' },
      root: { pid: process.pid, fd: container.rootFd },
      archive: false,
      follow: true,
    },
    printError,
  );
  if (outcome.how === 'interrupted') {
    process.kill(process.pid, outcome.signal);
    return false;
  }
  await shown;
  if (outcome.how === 'failed') throw catError(outcome);
  return outcome.how === 'done';
}

/** Looking is no action: it leaves nothing in any state. */
function catError({ failure }: Extract<Outcome, { how: 'failed' }>): Error {
  const { path, step, errno, words } = failure;
  const error = actionError('cat', failure);
  if (error instanceof AccessDeniedError)
    return new AccessDeniedError(`cat: ${path}`, "CAP_DAC_OVERRIDE or its owner's rights", errno);
  return new Error(`cat: ${path}: ${step}: ${errno}: ${words === '' ? errnoMessage(errno) : words}`);
}

async function show(output: AsyncIterable<Buffer>): Promise<void> {
  const decoder = new StringDecoder('utf8');
  for await (const bytes of output) await printContents(decoder.write(bytes));
  await printContents(decoder.end());
}
