/** What the types rule out has happened: nothing plausible is made of it. */
export class IllegalStateError extends Error {
  override readonly name = 'IllegalStateError';
}

/** The end of an exhaustive switch: it compiles only while every state has its case. */
export function illegalState(state: never): never {
  throw new IllegalStateError(`a state that does not exist: ${String(state)}`);
}
