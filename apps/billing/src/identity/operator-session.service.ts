import { AccessTokenSigner, ApiError, ServiceTokens, type SignedAccessToken } from '@apilink/service';

/** Who the operator token stands for in the audit log: it is one token, whoever holds it. */
const OPERATOR = 'operator';

/** Exchanges the operator token for an access token of ten minutes. */
export class OperatorSessionService {
  readonly #tokens: ServiceTokens;

  constructor(
    operatorToken: string,
    private readonly signer: AccessTokenSigner,
  ) {
    this.#tokens = new ServiceTokens([operatorToken]);
  }

  open(operatorToken: string): Promise<SignedAccessToken> {
    if (!this.#tokens.accepts(operatorToken)) {
      throw new ApiError('invalid_access_token', { detail: 'the operator token is not the one of this installation' });
    }
    return this.signer.sign({ subject: OPERATOR, accountId: null, roles: ['operator'] });
  }

  jwks(): ReturnType<AccessTokenSigner['jwks']> {
    return this.signer.jwks();
  }
}
