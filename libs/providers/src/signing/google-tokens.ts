import { readFileSync } from 'node:fs';

import {
  ExternalAccountClient,
  GoogleAuth,
  JWT,
  UserRefreshClient,
  type AuthClient,
  type JWTOptions,
} from 'google-auth-library';

/** Whoever gives out access tokens for one credential, and keeps them until they expire. */
export interface TokenSource {
  getAccessToken(): Promise<string | null | undefined>;
}

/** Google refused the credential itself: another one may do. */
export class CredentialRefusedError extends Error {
  override readonly name = 'CredentialRefusedError';
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** Credentials whose sources are kept; an installation has a handful. */
const SOURCES_MAX = 64;

/**
 * The source for a credential: the document of a key (service account, external account, a user's), the path of one, or
 * `default` for what the machine itself has (Application Default Credentials).
 */
export function googleTokenSource(
  credential: string,
  transporterOptions: JWTOptions['transporterOptions'] = {},
): TokenSource {
  if (credential === 'default') return new GoogleAuth({ scopes: SCOPE });
  const client = clientOf(credential.startsWith('{') ? credential : keyFile(credential), transporterOptions);
  return { getAccessToken: async () => (await client.getAccessToken()).token };
}

function keyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new CredentialRefusedError('the file of the key cannot be read');
  }
}

function clientOf(text: string, transporterOptions: NonNullable<JWTOptions['transporterOptions']>): AuthClient {
  const document = keyDocument(text);
  const told = (key: string): string => {
    const value = document.get(key);
    return typeof value === 'string' ? value : '';
  };
  if (told('type') === 'service_account') {
    return new JWT({ email: told('client_email'), key: told('private_key'), scopes: SCOPE, transporterOptions });
  }
  if (told('type') === 'authorized_user') {
    return new UserRefreshClient({
      clientId: told('client_id'),
      clientSecret: told('client_secret'),
      refreshToken: told('refresh_token'),
      transporterOptions,
    });
  }
  if (told('type') === 'external_account') {
    const client = ExternalAccountClient.fromJSON(JSON.parse(text));
    if (client !== null) {
      client.scopes = SCOPE;
      return client;
    }
  }
  throw new CredentialRefusedError('the document is no key of Google');
}

function keyDocument(text: string): ReadonlyMap<string, unknown> {
  try {
    const document: unknown = JSON.parse(text);
    return new Map(typeof document === 'object' && document !== null ? Object.entries(document) : []);
  } catch {
    throw new CredentialRefusedError('the document of the key is no JSON');
  }
}

/** Access tokens of Google's. The library asks for a new one shortly before the old one expires, once for all who wait. */
export class GoogleTokens {
  readonly #sources = new Map<string, TokenSource>();
  readonly #open: (credential: string) => TokenSource;

  constructor(open: (credential: string) => TokenSource = googleTokenSource) {
    this.#open = open;
  }

  /** Rejects with CredentialRefusedError, or with whatever kept Google from answering. */
  async token(credential: string): Promise<string> {
    try {
      const token = await this.#source(credential).getAccessToken();
      if (typeof token === 'string' && token !== '') return token;
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    throw new CredentialRefusedError('Google gives no token for this credential');
  }

  #source(credential: string): TokenSource {
    const known = this.#sources.get(credential);
    if (known !== undefined) return known;
    const [oldest] = this.#sources.keys();
    if (this.#sources.size >= SOURCES_MAX && oldest !== undefined) this.#sources.delete(oldest);
    const source = this.#open(credential);
    this.#sources.set(credential, source);
    return source;
  }
}

/** A client error of the token endpoint is about the key; everything else is the network's. */
function isRefusal(error: unknown): boolean {
  if (error instanceof CredentialRefusedError) return true;
  const status: unknown = error instanceof Error && 'status' in error ? error.status : null;
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 408 && status !== 429;
}
