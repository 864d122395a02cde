import { hash, timingSafeEqual } from 'node:crypto';

/** The tokens that services show each other. Two are valid at a time while they are rotated; the first one is sent. */
export class ServiceTokens {
  readonly #digests: readonly Buffer[];

  constructor(private readonly tokens: readonly string[]) {
    this.#digests = tokens.map((token) => hash('sha256', token, 'buffer'));
  }

  /** Takes the same time for every wrong token, whatever part of it is right. */
  accepts(token: string): boolean {
    const digest = hash('sha256', token, 'buffer');
    return this.#digests.reduce((found, known) => timingSafeEqual(known, digest) || found, false);
  }

  /** The headers of a request to another service. */
  headers(): Record<string, string> {
    const [token] = this.tokens;
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }
}
