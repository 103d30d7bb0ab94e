/**
 * `/proc/PID/cmdline`: arguments, each ended by NUL. The process owns the memory and can rewrite it: any bytes, megabytes
 * of them, without a final NUL. Empty for kernel threads and zombies. Throws nothing.
 * @see proc_pid_cmdline(5)
 */

export interface Cmdline {
  /** Invalid UTF-8 shows as U+FFFD. */
  argv: string[];
  truncated: boolean;
}

/** `cap` in bytes: hand in at least one byte more than it, where there is one, so that `truncated` can be told. */
export function parseCmdline(bytes: Uint8Array, cap = 4096): Cmdline {
  const truncated = bytes.length > cap;
  // stream: a character that the cap cuts in two is dropped instead of turning into U+FFFD.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
    truncated ? bytes.subarray(0, cap) : bytes,
    {
      stream: truncated,
    },
  );
  if (text === '') return { argv: [], truncated };
  const argv = (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
  return { argv: isRewrittenTitle(argv) ? argv.slice(0, 1) : argv, truncated };
}

/** setproctitle(3) leaves one text with blanks ("sshd: root@pts/0"), then NULs over what were the other arguments. */
function isRewrittenTitle([title = '', ...rest]: readonly string[]): boolean {
  return title.includes(' ') && rest.every((argument) => argument === '');
}
