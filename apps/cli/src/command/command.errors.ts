/** What the process ends with; documented in the README and in `apilink --help`. */
export const exitCodes = {
  ok: 0,
  /** The answer is no: a difference in the books, an invalid file. */
  negative: 1,
  wrongUsage: 2,
  /** No instance answers, or it cannot answer now. */
  notReachable: 3,
  /** The instance refused, or what was named does not exist. */
  refused: 4,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command with one sentence on stderr and an exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly exitCode: ExitCode,
    sentence: string,
    options?: ErrorOptions,
  ) {
    super(sentence, options);
  }
}
