import { join } from 'node:path';

import type { ClusterSecrets } from './cluster-folder.js';
import type { PlannedProcess } from './cluster-plan.js';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Schemas of the distributed setup; the database roles of each are `<schema>_owner` and `<schema>_app`. */
type ServiceSchema = 'billing' | 'router' | 'invoicing' | 'status' | 'edge';

export interface ClusterFacts {
  readonly plan: readonly PlannedProcess[];
  readonly folder: string;
  readonly secrets: ClusterSecrets;
  readonly brokers: string;
  readonly redisUrl: string;
  /** One URL per role. */
  readonly databaseUrls: Readonly<Record<`${ServiceSchema}_${'owner' | 'app'}`, string>>;
  /** What every process gets besides; what we decide here wins. */
  readonly environment: Variables;
}

/** The environment of one process, as an operator would write it. */
export function environmentOf(process: PlannedProcess, facts: ClusterFacts): Variables {
  const decided = { ...common(process, facts), ...own(process, facts) };
  // Ours wins over a value that would come by a file.
  const files = Object.fromEntries(Object.keys(decided).map((name) => [`${name}_FILE`, undefined]));
  return { DRAIN_DEADLINE: '25s', ...facts.environment, ...files, ...decided };
}

function common(process: PlannedProcess, { secrets, brokers, redisUrl, plan }: ClusterFacts): Variables {
  return {
    HOST: '127.0.0.1',
    PORT: String(process.port),
    ADMIN_PORT: String(process.adminPort),
    SERVICE_TOKENS: secrets.serviceToken,
    KAFKA_BROKERS: brokers,
    REDIS_URL: redisUrl,
    EVENT_LOG: 'kafka',
    HOLD_STORE: 'redis',
    BILLING_URL: billingOf(process, plan),
  };
}

/** Edges ask different instances of billing, as behind a balancer; everybody else asks the first. */
function billingOf(process: PlannedProcess, plan: readonly PlannedProcess[]): string {
  const edges = plan.filter(({ service }) => service === 'edge-proxy');
  const billings = plan.filter(({ service }) => service === 'billing');
  const chosen = billings[Math.max(0, edges.indexOf(process)) % billings.length] ?? process;
  return urlOf(chosen);
}

function own(process: PlannedProcess, { plan, folder, secrets, databaseUrls }: ClusterFacts): Variables {
  const database = (schema: ServiceSchema): Variables => ({
    DATABASE_URL: databaseUrls[`${schema}_app`],
    DATABASE_OWNER_URL: databaseUrls[`${schema}_owner`],
  });
  switch (process.service) {
    case 'edge-proxy':
      return {
        ...database('edge'),
        SECRETS_KEY: secrets.edgeSecretsKey,
        EDGE_ID: process.name,
        APILINK_DATA_DIR: join(folder, process.name, 'data'),
      };
    case 'billing':
      return {
        ...database('billing'),
        OPERATOR_TOKEN: secrets.operatorToken,
        PAYMENT_SANDBOX: 'allow',
        CHECKOUT_URL: urlOf(process),
      };
    case 'router': {
      const demo = plan.find(({ service }) => service === 'demo-provider');
      return { ...database('router'), DEMO_PROVIDER_URL: demo === undefined ? undefined : `${urlOf(demo)}/v1` };
    }
    case 'invoicing':
      return database('invoicing');
    case 'status':
      return {
        ...database('status'),
        APILINK_DATA_DIR: join(folder, process.name, 'data'),
        STATUS_URL: `${urlOf(process)}/status`,
      };
    case 'demo-provider':
      return {};
  }
  return {};
}

export function urlOf({ port }: { readonly port: number }): string {
  return `http://127.0.0.1:${port}`;
}
