import { CredentialStore } from '@apilink/providers';
import { createLogger } from '@apilink/service';
import { describe, expect, it } from '@jest/globals';

import { EndpointCredentials } from './endpoint-credentials.service.js';

const endpoint = { provider: 'alpha', credentials: [{ id: 'main', env: 'ALPHA_API_KEY', file: null }] };

function credentialsWith(environment: Record<string, string>) {
  const said: string[] = [];
  const logger = createLogger({ name: 'edge-proxy', level: 'warn', destination: { write: (line) => said.push(line) } });
  return { said, credentials: new EndpointCredentials(new CredentialStore(environment), logger, () => 0) };
}

describe('a credential whose secret is missing', () => {
  it('is told once to the operator, by the name of its variable', () => {
    const { said, credentials } = credentialsWith({});
    expect([credentials.canCall(endpoint), credentials.canCall(endpoint)]).toEqual([false, false]);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(
      'The provider alpha cannot be called with its credential main: the variable ALPHA_API_KEY is not set.',
    );
  });

  it('is no news while it is there', () => {
    const { said, credentials } = credentialsWith({ ALPHA_API_KEY: 'secret' });
    expect(credentials.canCall(endpoint)).toBe(true);
    expect(said).toEqual([]);
  });
});
