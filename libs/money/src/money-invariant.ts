export type MoneyInvariant = 'above_ceiling' | 'not_positive';

/** A rule about amounts is broken: a defect or corrupt data, never something that a customer did. */
export class MoneyInvariantError extends Error {
  override readonly name = 'MoneyInvariantError';

  constructor(
    readonly invariant: MoneyInvariant,
    detail: string,
  ) {
    super(`${invariant}: ${detail}`);
  }
}
