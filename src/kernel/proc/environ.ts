/**
 * `/proc/PID/environ`: "NAME=value" strings, each ended by NUL, as they were at execve(2); the process owns the memory and
 * can have put anything there since. Throws nothing.
 * @see proc_pid_environ(5)
 */

/** The first of several values of one name, as getenv(3) finds it. Strings without "=" are no variables and are skipped. */
export function parseEnviron(bytes: Uint8Array): Map<string, string> {
  const variables = new Map<string, string>();
  for (const entry of new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\0')) {
    const equals = entry.indexOf('=');
    if (equals <= 0) continue;
    const name = entry.slice(0, equals);
    if (!variables.has(name)) variables.set(name, entry.slice(equals + 1));
  }
  return variables;
}
