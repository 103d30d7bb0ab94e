/** `porthole top`, and `porthole` alone: the dashboard. Without a terminal it prints `ps` once and says so. */
import { type Command, Option } from 'commander';
import { brailleFor, colourDepth, hasConsoleFont } from '../../tui/terminal/abilities.ts';
import { THEME_NAMES, type ThemeName } from '../../tui/terminal/themes.ts';
import { addSourceOptions, seconds } from './options.ts';
import { ownStream, prefersAscii, printError } from './print.ts';
import { kernelFiles, type SourceOptions } from './sources.ts';

interface TopOptions extends SourceOptions {
  readonly delay?: number;
  readonly theme?: ThemeName;
  readonly mouse: boolean;
}

const DEFAULT_DELAY_SECONDS = 1;

const EXAMPLES = `
Examples:
  porthole                 one sample a second
  porthole top -d 5        every five seconds
  porthole top --theme light
  porthole | cat           without a terminal: ps once`;

export function addTop(program: Command): void {
  const command = program
    .command('top')
    .summary('the dashboard (also without a command)')
    .description('Watch every container live: sort, filter, look into one.');
  addSourceOptions(command)
    .option('-d, --delay <seconds>', 'time between samples; 1 if nothing was chosen before', seconds)
    .addOption(new Option('--theme <name>', 'colours, this time').choices([...THEME_NAMES]))
    .option('--no-mouse', "leave the mouse to the terminal's own selection")
    .addHelpText('after', EXAMPLES)
    .action((options: TopOptions) => top(options));
}

async function top(options: TopOptions): Promise<void> {
  const reason = whyNoDashboard();
  if (reason !== undefined) {
    await printError(`${reason}: printing ps once instead of the dashboard`);
    const { ps } = await import('./ps.ts');
    return ps({ ...options, headers: true });
  }
  const files = kernelFiles(options);
  // The dashboard writes there by itself.
  for (const name of ['stdout', 'stderr'] as const) ownStream(name);
  const [{ startSampler }, { settingsFile, settingsPath }, { containerActions }] = await Promise.all([
    import('../live/sampler.ts'),
    import('./dashboard-settings.ts'),
    import('./dashboard-actions.ts'),
  ]);
  const { settings, problem, save } = settingsFile(settingsPath(process.env));
  const intervalMs =
    options.delay === undefined
      ? (settings.intervalMs ?? DEFAULT_DELAY_SECONDS * 1000)
      : options.delay * 1000;
  const feed = startSampler({
    procRoot: options.proc ?? '/proc',
    sysRoot: options.sys ?? '/sys',
    intervalMs,
  });
  // Only now, while its thread reads the host for the first time: a twentieth of a second that nobody waits for.
  const [{ runDashboard }, { userNames }] = await Promise.all([
    import('../../tui/dashboard.ts'),
    import('../sys/users.ts'),
  ]);
  process.exitCode = await runDashboard(feed, {
    intervalMs,
    unicode: !prefersAscii(process.env),
    braille: !prefersAscii(process.env) && brailleFor(process.env),
    depth: colourDepth(process.env),
    mouse: options.mouse,
    consoleFont: hasConsoleFont(process.env),
    users: userNames(),
    saved: settings,
    actions: containerActions(files),
    ...(options.theme !== undefined && { theme: options.theme }),
    save,
    ...(problem !== undefined && { notice: problem }),
  });
}

function whyNoDashboard(): string | undefined {
  if (process.stdout.isTTY !== true) return 'standard output is not a terminal';
  if (process.stdin.isTTY !== true) return 'standard input is not a terminal';
  const term = process.env['TERM'] ?? '';
  return term === '' || term === 'dumb' ? `TERM=${term} cannot draw a screen` : undefined;
}
