// Stands between a test run and its machine, in a session of its own: `node supervisor.mjs DIR DEADLINE_MS PROGRAM ARG...`
// boots it. UML is several processes, so a machine is ended by its process group; DIR holds all its files. Standard input
// is the lifeline: when it ends, because the test is done with DIR or because the test was killed, however hard, the
// group is killed and DIR removed. Standard output says `group PGID`, and `ended STATUS` when the machine is through.
import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [dir, deadlineMs, program, ...args] = process.argv.slice(2);
const console = openSync(join(dir, 'console'), 'a');
const machine = spawn(program, args, {
  cwd: '/',
  detached: true,
  env: { PATH: process.env.PATH, HOME: dir, TMPDIR: process.env.MACHINE_TMPDIR ?? dir, TERM: 'dumb' },
  stdio: ['ignore', console, console],
});
closeSync(console);
if (machine.pid !== undefined) process.stdout.write(`group ${machine.pid}\n`);

const ended = new Promise((resolve) => {
  machine.once('error', (error) => resolve(error.message));
  machine.once('exit', (code, signal) => resolve(String(signal ?? code)));
});
let late = false;
const timer = setTimeout(() => {
  late = true;
  killGroup();
}, Number(deadlineMs));
ended.then((status) => {
  clearTimeout(timer);
  process.stdout.write(`ended ${late ? 'deadline' : status}\n`);
});

/** True while the group has members, zombies included. */
function killGroup() {
  if (machine.pid === undefined) return false;
  try {
    return process.kill(-machine.pid, 'SIGKILL');
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

let cleaning = false;
async function cleanUp() {
  if (cleaning) return;
  cleaning = true;
  // Its helpers are orphans by now: where pid 1 does not reap, they stay zombies.
  for (let turn = 0; killGroup() && turn < 200; turn += 1) await sleep(5);
  rmSync(dir, { recursive: true, force: true });
  process.exit(0);
}

// A closed pipe must not end this process before it has cleaned up.
process.stdout.on('error', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, cleanUp);
process.stdin.once('end', cleanUp).once('error', cleanUp).resume();
