/** A container's shell, on the terminal that the dashboard has given back for the time being. */
import { COLLECTORS } from '../../collectors/index.ts';
import { prepareAttach } from '../actions/attach/attach.ts';
import { attachInTerminal } from '../actions/attach/in-terminal.ts';
import { parseDetachKeys, USUAL_DETACH_KEYS } from '../actions/terminal/detach-keys.ts';
import type { Container } from '../model/host-model.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { printLine } from './print.ts';

/** How it ended, in words. @throws what an attach throws */
export async function shellIn(files: KernelFiles, container: Container): Promise<string> {
  const { hierarchies } = COLLECTORS.host.collect(files, undefined);
  const terminal = { name: process.env['TERM'] };
  const prepared = prepareAttach(files, hierarchies, container, { command: [], terminal });
  try {
    const { name } = container;
    await printLine(`${prepared.plan.path} in ${name}; its end, or ${USUAL_DETACH_KEYS}, leads back`);
    for (const note of prepared.notes) await printLine(note);
    const { stdin, stdout } = process;
    const { how, status } = await attachInTerminal(prepared, {
      stdin,
      stdout,
      terminalFd: 0,
      detachKeys: parseDetachKeys(USUAL_DETACH_KEYS),
      isRaw: false,
    });
    return how === 'ended'
      ? `the shell in ${name} ended with status ${status}`
      : `the shell in ${name} was left, and runs on`;
  } finally {
    prepared.close();
  }
}
