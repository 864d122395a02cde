import { accountIdSchema, encodeWireId } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';

import { ACCESS_TOKEN_LIFE_MS, AccessTokenSigner, AccessTokenVerifier, createSigningKey } from './access-token.js';
import { uuidV7 } from './uuid-v7.js';

const START = Date.UTC(2026, 10, 22);
const claims = {
  subject: 'usr_1',
  accountId: accountIdSchema.parse(encodeWireId('acc', uuidV7(START))),
  roles: ['owner', 'finance'] as const,
};

describe('access tokens', () => {
  it('carry subject, account and roles for ten minutes', async () => {
    let now = START;
    const signer = new AccessTokenSigner([await createSigningKey()], () => now);
    const verifier = AccessTokenVerifier.fromKeys(signer.jwks(), () => now);
    const { accessToken, expiresAt } = await signer.sign(claims);
    expect(expiresAt).toBe(START + ACCESS_TOKEN_LIFE_MS);
    expect(await verifier.verify(accessToken)).toEqual(claims);
    now = START + ACCESS_TOKEN_LIFE_MS + 6_000;
    await expect(verifier.verify(accessToken)).rejects.toMatchObject({
      code: 'invalid_access_token',
      details: { detail: 'it has expired' },
    });
  });

  it('of a rotated key stay valid while the key is published, and of a foreign key never are', async () => {
    const [old, fresh, foreign] = await Promise.all([createSigningKey(), createSigningKey(), createSigningKey()]);
    const verifier = AccessTokenVerifier.fromKeys(new AccessTokenSigner([fresh, old]).jwks());
    const signedBy = async (key: typeof old): Promise<string> =>
      (await new AccessTokenSigner([key]).sign(claims)).accessToken;
    expect((await verifier.verify(await signedBy(old))).subject).toBe('usr_1');
    await expect(verifier.verify(await signedBy(foreign))).rejects.toMatchObject({ code: 'invalid_access_token' });
    await expect(verifier.verify('not.a.token')).rejects.toMatchObject({ code: 'invalid_access_token' });
  });

  it('publish only public keys', async () => {
    expect(JSON.stringify(new AccessTokenSigner([await createSigningKey()]).jwks())).not.toContain('"d"');
  });

  it('answer that billing is away, not that the token is wrong, when its keys cannot be had', async () => {
    const { accessToken } = await new AccessTokenSigner([await createSigningKey()]).sign(claims);
    const verifier = AccessTokenVerifier.fromUrl('http://127.0.0.1:1/.well-known/jwks.json');
    await expect(verifier.verify(accessToken)).rejects.toMatchObject({ code: 'billing_unavailable' });
  });
});
