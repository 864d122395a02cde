import type { CredentialReference } from '@apilink/contracts';
import type { CredentialStore } from '@apilink/providers';
import type { Logger } from '@apilink/service';

import type { RoutedEndpoint } from './routed-model.domain.js';

/** A refused credential is tried again after this long: it may have been renewed. */
const REFUSED_MS = 60_000;

/** Which credentials of an endpoint can be used now: the secret is there and no provider refused it lately. */
export class EndpointCredentials {
  readonly #refusedUntil = new Map<string, number>();

  constructor(
    private readonly store: CredentialStore,
    private readonly logger: Logger,
    private readonly now: () => number,
  ) {}

  /** An endpoint that lists no credential needs none. */
  canCall(endpoint: RoutedEndpoint): boolean {
    return endpoint.credentials.length === 0 || this.usable(endpoint).length > 0;
  }

  usable(endpoint: RoutedEndpoint): readonly CredentialReference[] {
    return endpoint.credentials.filter((credential) => {
      const until = this.#refusedUntil.get(keyOf(endpoint.provider, credential)) ?? 0;
      return until <= this.now() && 'secret' in this.store.read(credential);
    });
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
