/** What is wrong with an order of rows that was asked for. Pure. */
export class SortError extends Error {
  readonly code = 'SORT';
  constructor(message: string) {
    super(message);
    this.name = 'SortError';
  }
}
