/** A limit set by a command of its own: `porthole limit` beside `docker update`, each with the daemon's container running. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from '../lab/index.ts';
import type { Line } from './figures.ts';
import { wholeProcesses } from './measure.ts';

interface LimitContext {
  readonly isQuick: boolean;
  readonly porthole: string;
}

/** A relative change, so that there is one to make each time; docker writes whether there is one or not. */
export async function limits({ isQuick, porthole }: LimitContext): Promise<Line[]> {
  const state = mkdtempSync(join(tmpdir(), 'porthole-bench-limit-'));
  const before = process.env['XDG_STATE_HOME'];
  const lab = await Lab.create();
  try {
    process.env['XDG_STATE_HOME'] = state;
    const docker = await lab.docker();
    const { name, id = name } = await docker.run({
      name: 'bench-limit',
      args: ['-m', '64m', '--pids-limit', '100'],
    });
    const update = ['docker', '-H', `unix://${docker.socket}`, 'update', '--pids-limit', '100', id];
    const limit = [process.execPath, porthole, 'limit', '-q', id, 'pids+=1'];
    return wholeProcesses('l', isQuick ? 5 : 60, [
      { what: 'docker update --pids-limit', words: update, output: 'null' },
      {
        what: 'porthole limit pids+=1',
        words: limit,
        output: 'null',
        against: 'docker update --pids-limit',
        target: 1,
      },
    ]);
  } finally {
    if (before === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = before;
    rmSync(state, { recursive: true, force: true });
    await lab.close();
  }
}
