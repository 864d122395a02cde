import type { z } from 'zod';

import { endpointAttemptsSchema, endpointStateSchema } from './events/health-events.js';
import {
  accountChangedSchema,
  chargebackOpenedSchema,
  creditGrantedSchema,
  gapWrittenOffSchema,
  topupPaidSchema,
  topupRefundedSchema,
  usageSettledSchema,
} from './events/ledger-events.js';
import { modelPublishedSchema, pricePublishedSchema } from './events/routing-events.js';
import { holdOpenedSchema, usageFinalSchema } from './events/usage-events.js';

export type Cleanup = { readonly policy: 'delete'; readonly retentionDays: number } | { readonly policy: 'compact' };

export interface TopicDefinition {
  readonly name: string;
  /** What the key of its events is: everything of one key is in one partition, in order. */
  readonly key: string;
  readonly partitions: number;
  readonly cleanup: Cleanup;
  /** Event type → schema of its body. */
  readonly events: Readonly<Record<string, z.ZodType>>;
}

const day = (retentionDays: number): Cleanup => ({ policy: 'delete', retentionDays });
const compact: Cleanup = { policy: 'compact' };

/** Every topic, its key, partitions, clean-up and events. Partitions are chosen once: they bound ordering and scaling. */
export const topics = {
  usage: {
    name: 'apilink.usage.v1',
    key: 'accountId',
    partitions: 48,
    cleanup: day(14),
    events: { 'hold.opened': holdOpenedSchema, 'usage.final': usageFinalSchema },
  },
  ledger: {
    name: 'apilink.ledger.v1',
    key: 'accountId',
    partitions: 48,
    cleanup: day(90),
    events: {
      'usage.settled': usageSettledSchema,
      'credit.granted': creditGrantedSchema,
      'topup.paid': topupPaidSchema,
      'topup.refunded': topupRefundedSchema,
      'chargeback.opened': chargebackOpenedSchema,
      'chargeback.written_off': gapWrittenOffSchema,
      'account.changed': accountChangedSchema,
    },
  },
  routing: {
    name: 'apilink.routing.v1',
    key: 'modelId',
    partitions: 12,
    cleanup: compact,
    events: { 'model.published': modelPublishedSchema },
  },
  prices: {
    name: 'apilink.prices.v1',
    key: 'priceVersion',
    partitions: 12,
    cleanup: compact,
    events: { 'price.published': pricePublishedSchema },
  },
  health: {
    name: 'apilink.health.v1',
    key: 'endpointId',
    partitions: 12,
    cleanup: day(3),
    events: { 'endpoint.attempts': endpointAttemptsSchema },
  },
  healthState: {
    name: 'apilink.health-state.v1',
    key: 'endpointId',
    partitions: 12,
    cleanup: compact,
    events: { 'endpoint.state': endpointStateSchema },
  },
} as const satisfies Record<string, TopicDefinition>;

/** Dead letters of a topic: original bytes with error, origin and attempts in headers; kept 30 days, 12 partitions. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}
