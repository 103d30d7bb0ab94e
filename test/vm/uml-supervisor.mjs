// Stands between a test run and its user-mode Linux, in a session of its own: `node uml-supervisor.mjs DIR DEADLINE_MS ARG...`
// boots linux.uml with these arguments. UML is several processes, so it is ended by its process group; DIR holds all its
// files. Standard input is the lifeline: when it ends, because the test is done with DIR or because the test was killed,
// however hard, the group is killed and DIR removed. Standard output says `group PGID`, and `ended STATUS` when UML is through.
import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [dir, deadlineMs, ...args] = process.argv.slice(2);
const console = openSync(join(dir, 'console'), 'a');
const uml = spawn('linux.uml', args, {
  cwd: '/',
  detached: true,
  env: { PATH: process.env.PATH, HOME: dir, TMPDIR: process.env.UML_TMPDIR ?? dir, TERM: 'dumb' },
  stdio: ['ignore', console, console],
});
closeSync(console);
if (uml.pid !== undefined) process.stdout.write(`group ${uml.pid}\n`);

const ended = new Promise((resolve) => {
  uml.once('error', (error) => resolve(error.message));
  uml.once('exit', (code, signal) => resolve(String(signal ?? code)));
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
  if (uml.pid === undefined) return false;
  try {
    return process.kill(-uml.pid, 'SIGKILL');
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
