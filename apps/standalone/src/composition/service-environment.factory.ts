import { join } from 'node:path';

import type { RoleUrls } from '@apilink/postgres';
import { databaseSslVariables, type Environment } from '@apilink/service';

import type { Secrets } from '../data-folder/secret.repository.js';
import type { StandaloneSettings } from '../environment/environment.config.js';

export interface ServiceEnvironmentFacts {
  readonly env: Environment;
  readonly settings: StandaloneSettings;
  readonly secrets: Secrets;
  readonly urls: RoleUrls;
  /** Where services reach each other: the front listener. */
  readonly origin: string;
}

/**
 * The environment of each service, as an operator would write it for separate processes. Everything that standalone does
 * not decide is passed through: providers' keys, paces, limits.
 */
export class ServiceEnvironments {
  constructor(private readonly facts: ServiceEnvironmentFacts) {}

  billing(): Environment {
    const { env, urls, secrets, settings, origin } = this.facts;
    return this.#with({
      PAYMENT_SANDBOX: settings.hasSandbox ? 'allow' : 'refuse',
      CHECKOUT_URL: env['CHECKOUT_URL'] ?? origin,
      DATABASE_URL: urls.billing_app,
      DATABASE_OWNER_URL: urls.billing_owner,
      OPERATOR_TOKEN: secrets.operatorToken,
      SIGNING_KEY: JSON.stringify(secrets.signingKey),
      SECRETS_KEY: secrets.secretsKey,
    });
  }

  demoProvider(): Environment {
    return this.#with({});
  }

  /** `demoProviderUrl` with its version, as a provider's base URL. */
  router(demoProviderUrl: string): Environment {
    const { urls, settings } = this.facts;
    return this.#with({
      DATABASE_URL: urls.router_app,
      DATABASE_OWNER_URL: urls.router_owner,
      APILINK_CONFIG: settings.configurationFile ?? undefined,
      DEMO_PROVIDER_URL: demoProviderUrl,
    });
  }

  invoicing(): Environment {
    const { urls } = this.facts;
    return this.#with({ DATABASE_URL: urls.invoicing_app, DATABASE_OWNER_URL: urls.invoicing_owner });
  }

  status(): Environment {
    const { urls, settings, origin } = this.facts;
    return this.#with({
      DATABASE_URL: urls.status_app,
      DATABASE_OWNER_URL: urls.status_owner,
      APILINK_DATA_DIR: join(settings.dataDir, 'status'),
      STATUS_URL: `${origin}/status`,
    });
  }

  edgeProxy(): Environment {
    const { urls, settings, secrets } = this.facts;
    return this.#with({
      DATABASE_URL: urls.edge_app,
      DATABASE_OWNER_URL: urls.edge_owner,
      SECRETS_KEY: secrets.secretsKey,
      APILINK_DATA_DIR: join(settings.dataDir, 'edge'),
    });
  }

  #with(own: Environment): Environment {
    const { env, secrets, origin } = this.facts;
    const decided = { SERVICE_TOKENS: secrets.serviceToken, BILLING_URL: origin, ...this.#ssl(), ...own };
    // Ours wins over a value that would come by a file.
    const files = Object.fromEntries(Object.keys(decided).map((name) => [`${name}_FILE`, undefined]));
    return { ...env, ...files, ...decided };
  }

  /** The embedded Postgres speaks no TLS, whatever is said of another one. */
  #ssl(): Environment {
    if (this.facts.settings.databaseUrl !== null) return {};
    return Object.fromEntries(Object.keys(databaseSslVariables).map((name) => [name, undefined]));
  }
}
