import { accountIdSchema, type AccountId } from '@apilink/contracts';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  calculateJwkThumbprint,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { z } from 'zod';

import { ApiError } from '../error-filter/api-error.js';

export const roleSchema = z.enum(['developer', 'owner', 'finance', 'finance-lead', 'operator', 'admin']);
export type Role = z.output<typeof roleSchema>;

/** Who acts: a person, or the holder of the operator token; `subject` is recorded with every write. */
export interface AccessClaims {
  readonly subject: string;
  /** The account that the person works in; null for an operator, who works in all. */
  readonly accountId: AccountId | null;
  readonly roles: readonly Role[];
}

const ISSUER = 'apilink';
const AUDIENCE = 'apilink';
const ALGORITHM = 'EdDSA';
/** Ten minutes: a role taken away is gone by then everywhere, without a look-up per request. */
export const ACCESS_TOKEN_LIFE_MS = 600_000;
const CLOCK_TOLERANCE_S = 5;

const claimsSchema = z.object({
  sub: z.string().min(1).max(200),
  account: accountIdSchema.nullable(),
  roles: z.array(roleSchema).max(20),
});

/** A private Ed25519 key as JWK; `kid` is its RFC 7638 thumbprint. Billing keeps it, all others see `publicKey`. */
export const signingKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().max(100),
  d: z.string().max(100),
  kid: z.string().max(100),
});
export type SigningKey = z.output<typeof signingKeySchema>;

export async function createSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  return signingKeySchema.parse({ ...jwk, kid: await calculateJwkThumbprint(jwk) });
}

export interface SignedAccessToken {
  readonly accessToken: string;
  readonly expiresAt: number;
}

/** Signs access tokens of ten minutes with the first of its keys; publishes all, so that a key can be rotated. */
export class AccessTokenSigner {
  readonly #current: SigningKey;

  constructor(
    private readonly keys: readonly [SigningKey, ...SigningKey[]],
    private readonly now: () => number = Date.now,
  ) {
    this.#current = keys[0];
  }

  async sign(actor: AccessClaims): Promise<SignedAccessToken> {
    const issuedAt = Math.floor(this.now() / 1000);
    const expiresAt = issuedAt + ACCESS_TOKEN_LIFE_MS / 1000;
    const account = actor.accountId === null ? null : z.encode(accountIdSchema, actor.accountId);
    const accessToken = await new SignJWT({ account, roles: [...actor.roles] })
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#current.kid, typ: 'JWT' })
      .setSubject(actor.subject)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(await importJWK(this.#current, ALGORITHM));
    return { accessToken, expiresAt: expiresAt * 1000 };
  }

  /** What stands at `/.well-known/jwks.json`. */
  jwks(): JSONWebKeySet {
    return {
      keys: this.keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid, alg: ALGORITHM, use: 'sig' })),
    };
  }
}

/** Checks access tokens; throws ApiError `invalid_access_token`, or `billing_unavailable` when the keys cannot be had. */
export class AccessTokenVerifier {
  private constructor(
    private readonly keys: JWTVerifyGetKey,
    private readonly now: () => number,
  ) {}

  /** Takes the keys from billing; kept for ten minutes, asked again at once (at most every 5 s) for an unknown `kid`. */
  static fromUrl(url: string, now: () => number = Date.now): AccessTokenVerifier {
    const keys = createRemoteJWKSet(new URL(url), { cooldownDuration: 5_000, timeoutDuration: 3_000 });
    return new AccessTokenVerifier(keys, now);
  }

  static fromKeys(jwks: JSONWebKeySet, now: () => number = Date.now): AccessTokenVerifier {
    return new AccessTokenVerifier(createLocalJWKSet(jwks), now);
  }

  async verify(token: string): Promise<AccessClaims> {
    const claims = claimsSchema.safeParse(await this.#payload(token));
    if (!claims.success) throw new ApiError('invalid_access_token', { detail: 'its claims are not ours' });
    const { sub, account, roles } = claims.data;
    return { subject: sub, accountId: account, roles };
  }

  async #payload(token: string): Promise<unknown> {
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.now()),
        requiredClaims: ['sub', 'exp', 'iat'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new ApiError('invalid_access_token', { detail: 'it has expired' });
      if (isAboutToken(error))
        throw new ApiError('invalid_access_token', { detail: 'its form or its signature is wrong' }, error);
      throw new ApiError('billing_unavailable', {}, error);
    }
  }
}

/** jose tells a bad token and unreachable keys by error classes; only the former is the caller's fault. */
function isAboutToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  if (error instanceof errors.JOSEError) return error.code !== 'ERR_JOSE_GENERIC';
  return false;
}
