import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { CredentialRefusedError, googleTokenSource, GoogleTokens } from './google-tokens.js';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const account = JSON.stringify({
  type: 'service_account',
  client_email: 'edge@project.iam.example',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
});

/** Google's token endpoint as a function: writes down who asks, and answers as told. */
function endpoint(status: number, answer: object): { asked: string[]; tokens: GoogleTokens } {
  const asked: string[] = [];
  const fetchImplementation = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    asked.push(init?.body instanceof URLSearchParams ? init.body.toString() : JSON.stringify(init?.body));
    return Response.json(answer, { status });
  };
  const tokens = new GoogleTokens((credential) => googleTokenSource(credential, { fetchImplementation, retry: false }));
  return { asked, tokens };
}

describe('GoogleTokens', () => {
  it("exchanges a service account's signed word for a token once, until it expires", async () => {
    const { asked, tokens } = endpoint(200, { access_token: 'ya29.one', expires_in: 3600, token_type: 'Bearer' });
    expect(await Promise.all([tokens.token(account), tokens.token(account)])).toEqual(['ya29.one', 'ya29.one']);
    expect(await tokens.token(account)).toBe('ya29.one');
    expect(asked).toHaveLength(1);
    const assertion = new URLSearchParams(asked[0]).get('assertion')?.split('.')[1] ?? '';
    expect(JSON.parse(Buffer.from(assertion, 'base64url').toString())).toMatchObject({
      iss: 'edge@project.iam.example',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    });
  });

  it('tells a refused credential from a token endpoint that is away', async () => {
    const refused = endpoint(400, { error: 'invalid_grant', error_description: 'account not found' });
    await expect(refused.tokens.token(account)).rejects.toBeInstanceOf(CredentialRefusedError);
    const away = endpoint(503, { error: 'unavailable' });
    await expect(away.tokens.token(account)).rejects.not.toBeInstanceOf(CredentialRefusedError);
  });

  it('calls a key that is none refused, so that the next one is taken', async () => {
    const tokens = new GoogleTokens();
    await expect(tokens.token('/nowhere/key.json')).rejects.toBeInstanceOf(CredentialRefusedError);
    await expect(tokens.token('{"type":')).rejects.toBeInstanceOf(CredentialRefusedError);
    expect(() => googleTokenSource('default')).not.toThrow();
  });
});
