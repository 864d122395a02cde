/** A state that the types rule out: a defect of ours, never the client's fault. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** For the default of an exhaustive switch: the compiler proves that it is never reached. */
export function unexpected(value: never): InvariantError {
  return new InvariantError(`unexpected ${JSON.stringify(value)}`);
}
