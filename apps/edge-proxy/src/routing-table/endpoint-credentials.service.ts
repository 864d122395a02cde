import type { CredentialReference } from '@apilink/contracts';
import type { CredentialStore } from '@apilink/providers';
import type { Logger } from '@apilink/service';

import type { RoutedEndpoint } from './routed-model.domain.js';

/** A refused credential is tried again after this long: it may have been renewed. */
const REFUSED_MS = 60_000;

/** The part of an endpoint that says how it is called. */
type CredentialOwner = Pick<RoutedEndpoint, 'provider' | 'credentials'>;

/** Which credentials of an endpoint can be used now: the secret is there and no provider refused it lately. */
export class EndpointCredentials {
  readonly #refusedUntil = new Map<string, number>();
  /** The problem of each credential that was told last: a request a second must not be a line a second. */
  readonly #told = new Map<string, string>();

  constructor(
    private readonly store: CredentialStore,
    private readonly logger: Logger,
    private readonly now: () => number,
  ) {}

  /** An endpoint that lists no credential needs none. */
  canCall(endpoint: CredentialOwner): boolean {
    return endpoint.credentials.length === 0 || this.usable(endpoint).length > 0;
  }

  usable(endpoint: CredentialOwner): readonly CredentialReference[] {
    return endpoint.credentials.filter((credential) => {
      const until = this.#refusedUntil.get(keyOf(endpoint.provider, credential)) ?? 0;
      return until <= this.now() && this.#isThere(endpoint.provider, credential);
    });
  }

  #isThere(provider: string, credential: CredentialReference): boolean {
    const reading = this.store.read(credential);
    const key = keyOf(provider, credential);
    if ('secret' in reading) {
      this.#told.delete(key);
      return true;
    }
    if (this.#told.get(key) !== reading.problem) {
      this.#told.set(key, reading.problem);
      const sentence = `The provider ${provider} cannot be called with its credential ${credential.id}: ${reading.problem}.`;
      this.logger.warn({ provider, credential: credential.id }, sentence);
    }
    return false;
  }

  /** The empty string where none is needed. */
  secretOf(credential: CredentialReference | null): string {
    if (credential === null) return '';
    const reading = this.store.read(credential);
    return 'secret' in reading ? reading.secret : '';
  }

  refused(provider: string, credential: CredentialReference): void {
    this.#refusedUntil.set(keyOf(provider, credential), this.now() + REFUSED_MS);
    this.logger.error({ provider, credential: credential.id }, 'a provider refused our credential');
  }
}

function keyOf(provider: string, credential: CredentialReference): string {
  return `${provider}/${credential.id}`;
}
