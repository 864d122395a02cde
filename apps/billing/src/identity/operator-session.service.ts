import { hash, timingSafeEqual } from 'node:crypto';

import { ApiError, type AccessTokenSigner, type SignedAccessToken } from '@apilink/service';

import { SHARED_OPERATOR } from './actor.domain.js';

/** An operator with a name and a token of their own. */
export interface NamedOperator {
  readonly name: string;
  readonly token: string;
}

/**
 * Exchanges an operator's token for an access token of ten minutes. What needs two people needs two named tokens: the
 * subject of the access token is the name, and that is the actor of every write.
 */
export class OperatorSessionService {
  readonly #operators: readonly { readonly name: string; readonly digest: Buffer }[];

  constructor(
    operatorToken: string,
    private readonly signer: AccessTokenSigner,
    named: readonly NamedOperator[] = [],
  ) {
    this.#operators = [{ name: SHARED_OPERATOR, token: operatorToken }, ...named].map(({ name, token }) => ({
      name,
      digest: hash('sha256', token, 'buffer'),
    }));
  }

  open(operatorToken: string): Promise<SignedAccessToken> {
    const subject = this.#nameOf(operatorToken);
    if (subject === null) {
      throw new ApiError('invalid_access_token', { detail: 'the operator token is not one of this installation' });
    }
    return this.signer.sign({ subject, accountId: null, roles: ['operator'] });
  }

  jwks(): ReturnType<AccessTokenSigner['jwks']> {
    return this.signer.jwks();
  }

  /** Takes the same time for every wrong token, whatever part of it is right. */
  #nameOf(token: string): string | null {
    const digest = hash('sha256', token, 'buffer');
    let found: string | null = null;
    for (const operator of this.#operators) if (timingSafeEqual(operator.digest, digest)) found = operator.name;
    return found;
  }
}
