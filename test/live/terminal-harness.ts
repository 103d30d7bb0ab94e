// Runs a command through the launcher in a terminal of its own, with the proxy between it and ours, as attach does. Arguments: a JSON
// text of `Wishes`, then the command. Bundled by terminal.test.ts.
import { closeSync, writeSync } from 'node:fs';
import { parseDetachKeys } from '../../src/actions/terminal/detach-keys.ts';
import { keepTerminal } from '../../src/actions/terminal/keep.ts';
import { openTerminal } from '../../src/actions/terminal/open.ts';
import { proxy } from '../../src/actions/terminal/proxy.ts';
import { SignalForwarding } from '../../src/actions/terminal/signals.ts';
import { statusOfEnding } from '../../src/launch/ending.ts';
import { IOCTL } from '../../src/launch/flags.ts';
import { program } from '../../src/launch/program.ts';
import { launch } from '../../src/launch/run.ts';
import { sys } from '../../src/launch/syscalls.ts';
import { errnoOf } from '../../src/sys/failure.ts';
import { type LineSettings, lineSettings, sizeOf } from '../../src/sys/terminal.ts';

export interface Wishes {
  readonly raw?: boolean;
  readonly detachKeys?: string;
  /** Says what happened on stderr. */
  readonly says?: boolean;
  /** Throws while the command runs. */
  readonly throws?: boolean;
}

const [wishText = '{}', ...argv] = process.argv.slice(2);
const wishes: Wishes = JSON.parse(wishText);
const own = settingsOf(0);
const size = own === undefined ? { columns: 80, rows: 24 } : sizeOf(0);
const terminal = openTerminal({ size, settings: wishes.raw === true ? 'raw' : own });
const { slaveFd, masterFd } = terminal;

const p = program('test');
p.step('setsid', sys.setsid);
p.fork('fork', (child) => {
  p.step('close_range', sys.close_range, 0, 0xffff_ffff, 0);
  p.passOn('wait', child, 'own');
});
p.step('setsid', sys.setsid);
p.step('TIOCSCTTY', sys.ioctl, 0, IOCTL.TIOCSCTTY, 0);
p.step('close_range', sys.close_range, 3, 0xffff_ffff, 4);
const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
p.exec('execve', p.string(argv[0] ?? ''), p.strings(argv), p.strings(environment));

const forwarding = new SignalForwarding();
const launched = await launch(p, { target: 'test', leftAs: 'nothing', stdio: [slaveFd, slaveFd, slaveFd] });
const started = await launched.started;
if (!started.ok) throw started.error;
forwarding.to((signal) => launched.child.kill(signal));
if (wishes.throws === true)
  process.once('SIGWINCH', () => {
    throw new Error('thrown on purpose');
  });
const detachKeys = parseDetachKeys(wishes.detachKeys ?? '');
const end = await proxy(terminal, process.stdin, process.stdout, {
  ended: launched.ended,
  ...(own !== undefined && { callerFd: 0 }),
  ...(detachKeys !== undefined && { detachKeys }),
});
forwarding.stop();
if (end === 'detached') await keepTerminal(masterFd, 'test');
closeSync(masterFd);
if (wishes.says === true) writeSync(2, `[${end}]\n`);
process.exitCode = end === 'ended' ? statusOfEnding(await launched.ended) : 0;
launched.child.unref();

function settingsOf(fd: number): LineSettings | undefined {
  try {
    return lineSettings(fd);
  } catch (error) {
    if (errnoOf(error) === 'ENOTTY' || errnoOf(error) === 'EINVAL') return undefined;
    throw error;
  }
}
