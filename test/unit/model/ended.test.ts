// Containers that came and went between two samples.
import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/model/build.ts';
import type { EndedProcess } from '../../../src/model/sample.ts';
import { HOST_PROCESSES, id64, proc, processMap, sampleOf } from './facts.ts';

const A = id64('aaaa');
const inA = { cgroup: `/docker/${A}`, ns: { pid: 90, mnt: 91 }, nsPid: [910, 1] };
const ENDED_AT = Date.parse('2024-05-01T11:59:59.500Z');

const ended = (facts: ReturnType<typeof proc>, change: Partial<EndedProcess> = {}): EndedProcess => ({
  facts,
  argv: ['true'],
  exitedAtMs: ENDED_AT,
  exitCode: 0,
  ...change,
});
const shim = proc(900, 1, 'containerd-shim');
const trueInA = proc(910, 900, 'true', inA);

describe('processes that came and went', () => {
  const sample = sampleOf([...HOST_PROCESSES, shim]);

  it('make a container with the end of its init, listed after the living', () => {
    const model = buildModel({ ...sample, ended: [ended(trueInA, { exitCode: 3 })] }, sample);
    expect(model.containers).toMatchObject([
      {
        key: `docker:${A}`,
        runtime: 'docker',
        id: A,
        state: 'exited',
        pids: [],
        initPid: 910,
        exitedAt: '2024-05-01T11:59:59.500Z',
        exitCode: 3,
        command: 'true',
        privateNamespaces: ['mnt', 'pid'],
      },
    ]);
  });

  it('say which signal ended it', () => {
    const { exitCode: _, ...killed } = ended(trueInA, { exitSignal: 9 });
    const [container] = buildModel({ ...sample, ended: [killed] }, sample).containers;
    expect(container).toMatchObject({ exitSignal: 9 });
    expect(container).not.toHaveProperty('exitCode');
  });

  it.each([
    ['on the host', ended(proc(950, 510, 'ls'))],
    ['whose pid another process has by now', ended({ ...trueInA, pid: 500 })],
  ])('%s are none', (_name, each) => {
    expect(buildModel({ ...sample, ended: [each] }, sample).containers).toEqual([]);
  });

  it('one after the other in namespaces with the same inodes are as many containers', () => {
    const inSame = (pid: number) => [
      ended(proc(pid + 1, pid, 'sleep', { ns: { pid: 90, mnt: 91 }, nsPid: [pid + 1, 2] })),
      ended(proc(pid, 510, 'sh', { ns: { pid: 90, mnt: 91 }, nsPid: [pid, 1] })),
    ];
    const living = proc(990, 510, 'sh', { ns: { pid: 90, mnt: 91 }, nsPid: [990, 1] });
    const now = sampleOf([...HOST_PROCESSES, living]);
    const model = buildModel({ ...now, ended: [...inSame(960), ...inSame(970), ...inSame(980)] }, sample);
    expect(model.containers.map(({ state, initPid }) => [state, initPid])).toEqual([
      ['running', 990],
      ['exited', 960],
      ['exited', 970],
      ['exited', 980],
    ]);
  });

  it('in a container that lives are its own', () => {
    const living = sampleOf([...HOST_PROCESSES, shim, trueInA]);
    const visitor = ended(proc(911, 910, 'ls', { ...inA, nsPid: [911, 2] }));
    const model = buildModel({ ...living, ended: [visitor] }, living);
    expect(model.containers.map(({ state, pids }) => [state, pids])).toEqual([['running', [910]]]);
  });

  it('in the mounts of a container that lives helped to make it, and are none of their own', () => {
    const root = { mnt: 91, net: 92, uts: 93, ipc: 94 };
    const runc = proc(950, 510, 'runc');
    const init = proc(952, 950, 'sleep', { ns: { ...root, pid: 90 }, nsPid: [952, 1] });
    const living = sampleOf([...HOST_PROCESSES, runc, init]);
    const stage = ended(proc(951, 950, 'runc:[1:CHILD]', { ns: root }));
    const model = buildModel({ ...living, ended: [stage] }, sample);
    expect(model.containers.map(({ state, pids }) => [state, pids])).toEqual([['running', [952]]]);
  });

  it('in a container of the sample before did not come between the two', () => {
    const before = sampleOf([...HOST_PROCESSES, shim, trueInA]);
    expect(processMap([...HOST_PROCESSES]).has(910)).toBe(false);
    expect(buildModel({ ...sample, ended: [ended(trueInA)] }, before).containers).toEqual([]);
  });
});
