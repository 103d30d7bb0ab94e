/** `250ms`, `1s`, `2.5s`: a sampling interval, which can be below a second. */
export function formatInterval(ms: number): string {
  return ms < 1000 ? `${ms}ms` : `${Math.round(ms / 100) / 10}s`;
}
