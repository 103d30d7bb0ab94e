/** What to do where descriptors ran out. No imports: the start file has it too. */
const ADVICE: Readonly<Record<string, string>> = {
  EMFILE: 'this process may open no more files: allow it more (ulimit -n)',
  ENFILE: 'the host may open no more files: allow it more (sysctl fs.file-max)',
};

/** The message of an error, with that. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const advice = 'code' in error ? ADVICE[String(error.code)] : undefined;
  return advice === undefined ? error.message : `${error.message}; ${advice}`;
}
