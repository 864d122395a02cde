/** A state that cannot be. Ends one request, never the process. */
export class DialectInvariantError extends Error {
  override readonly name = 'DialectInvariantError';
}

export function invariant(what: string): never {
  throw new DialectInvariantError(what);
}
