/** What is wrong with a filter, and where. Pure. */

/** The longest filter expression. */
export const MAX_EXPRESSION = 1000;

export class FilterError extends Error {
  readonly code = 'FILTER';
  /** From 1, as editors count. */
  readonly column: number;
  constructor(problem: string, offset: number, options?: ErrorOptions) {
    super(`filter, column ${offset + 1}: ${problem}`, options);
    this.name = 'FilterError';
    this.column = offset + 1;
  }
}
