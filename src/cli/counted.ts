/** A number of processes, in words: `1 process`. */
export const counted = (processes: number): string =>
  `${processes} ${processes === 1 ? 'process' : 'processes'}`;
