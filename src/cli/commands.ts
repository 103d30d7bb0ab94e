/** Every subcommand, one file each. */
import type { Command } from 'commander';
import { addAttach } from './attach.ts';
import { addCaps } from './caps.ts';
import { addCat } from './cat.ts';
import { addCgroups } from './cgroups.ts';
import { addCompletion } from './completion-command.ts';
import { addCp } from './cp.ts';
import { addDoctor } from './doctor.ts';
import { addFreeze } from './freeze.ts';
import { addInspect } from './inspect.ts';
import { addKill } from './kill.ts';
import { addLimit } from './limit.ts';
import { addMounts } from './mounts.ts';
import { addNet } from './net.ts';
import { addNs } from './ns.ts';
import { addProcs } from './procs.ts';
import { addPs } from './ps.ts';
import { addThaw } from './thaw.ts';
import { addTop } from './top.ts';

export function addCommands(program: Command): void {
  addTop(program);
  addPs(program);
  addInspect(program);
  addProcs(program);
  addNet(program);
  addMounts(program);
  addCaps(program);
  addCgroups(program);
  addNs(program);
  addAttach(program);
  addCat(program);
  addCp(program);
  addFreeze(program);
  addThaw(program);
  addKill(program);
  addLimit(program);
  addDoctor(program);
  addCompletion(program);
}
