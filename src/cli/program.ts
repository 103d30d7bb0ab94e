/** A command line of given commands: how wrong usage reads, and what status the process ends with. */
import { Command, CommanderError } from 'commander';
import { EXIT, reportError, UsageError } from './exit.ts';
import { printOwn } from './print.ts';

declare const PORTHOLE_VERSION: string;

type AddCommands = (program: Command) => void;

export async function runProgram(argv: readonly string[], add: AddCommands): Promise<void> {
  process.exitCode = await run(argv, add);
}

async function run(argv: readonly string[], add: AddCommands): Promise<number> {
  let help = Promise.resolve();
  const program = programOf(add, (text) => {
    help = help.then(() => printOwn(text));
  });
  try {
    await program.parseAsync(withCommand(argv), { from: 'user' });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error);
    if (error.exitCode !== 0) return usageFailure(error, argv, program);
    // Help and version end through commander's exit as well.
    return help.then(() => EXIT.done, reportError);
  }
}

const SOURCE_OPTION = /^--(?:proc|sys)(?<value>=.*)?$/;

/**
 * The words with the command first: `porthole` alone is `top`, and `--proc DIR` may stand before the command too.
 * Help and version stay where they are.
 */
export function withCommand(argv: readonly string[]): string[] {
  let rest = 0;
  for (
    let match = SOURCE_OPTION.exec(argv[rest] ?? '');
    match !== null;
    match = SOURCE_OPTION.exec(argv[rest] ?? '')
  ) {
    rest += match.groups?.['value'] === undefined ? 2 : 1;
  }
  const leading = argv.slice(0, rest);
  const [first, ...others] = argv.slice(rest);
  if (first !== undefined && /^(?:-h|--help|-V|--version)$/.test(first)) return [first, ...others];
  if (first === undefined) return ['top', ...leading];
  return first.startsWith('-') ? ['top', ...leading, first, ...others] : [first, ...leading, ...others];
}

export function programOf(add: AddCommands, writeOut: (text: string) => void): Command {
  const output = { writeOut, writeErr: () => undefined };
  const program = new Command('porthole')
    .description('Every container on this host as the kernel sees it, without asking any engine.')
    .version(`porthole ${PORTHOLE_VERSION}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .showHelpAfterError(false)
    .configureOutput(output)
    .exitOverride();
  add(program);
  for (const command of program.commands) {
    command.helpOption('-h, --help', 'show help').exitOverride().configureOutput(output);
  }
  return program;
}

async function usageFailure(
  error: CommanderError,
  argv: readonly string[],
  program: Command,
): Promise<number> {
  if (error.code === 'commander.help') {
    return reportError(
      new UsageError(`help: no command ${JSON.stringify(argv[1] ?? '')}; see porthole --help`),
    );
  }
  const [command] = withCommand(argv);
  const isCommand = (word: string | undefined) => program.commands.some((each) => each.name() === word);
  const known = isCommand(command);
  const later = argv.find((word) => isCommand(word));
  if (argv[0]?.startsWith('-') === true && later !== undefined) {
    return reportError(new UsageError(`options come after the command: porthole ${later} ${argv[0]}`));
  }
  const help = known ? `porthole ${command} --help` : 'porthole --help';
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replace('\n', ' ');
  return reportError(new UsageError(`${message}; see ${help}`));
}
