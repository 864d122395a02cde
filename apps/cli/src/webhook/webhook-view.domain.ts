import { deliveryIdSchema, webhookIdSchema, type webhooksApi } from '@apilink/contracts';
import { z } from 'zod';

import { listLines } from '../output/table.domain.js';

export function webhookTable(webhooks: readonly webhooksApi.WebhookView[]): string[] {
  return listLines(
    [
      { title: 'WEBHOOK', align: 'left' },
      { title: 'URL', align: 'left' },
      { title: 'EVENTS', align: 'left' },
      { title: 'STATUS', align: 'left' },
      { title: 'FAILING SINCE', align: 'left' },
      { title: 'REASON', align: 'left' },
    ],
    webhooks.map((webhook) => [
      z.encode(webhookIdSchema, webhook.webhookId),
      webhook.url,
      webhook.events?.join(', ') ?? 'all',
      webhook.status,
      webhook.failingSince === null ? '-' : new Date(webhook.failingSince).toISOString(),
      webhook.disabledReason ?? '-',
    ]),
    'No webhooks.',
  );
}

export function deliveryTable(deliveries: readonly webhooksApi.DeliveryView[]): string[] {
  return listLines(
    [
      { title: 'DELIVERY', align: 'left' },
      { title: 'EVENT', align: 'left' },
      { title: 'CREATED', align: 'left' },
      { title: 'STATE', align: 'left' },
      { title: 'ATTEMPTS', align: 'right' },
      { title: 'LAST ANSWER', align: 'left' },
      { title: 'NEXT', align: 'left' },
    ],
    deliveries.map((delivery) => [
      z.encode(deliveryIdSchema, delivery.deliveryId),
      delivery.eventType,
      new Date(delivery.createdAt).toISOString(),
      delivery.state,
      delivery.attempts.length.toString(),
      lastAnswer(delivery),
      delivery.nextAttemptAt === null ? '-' : new Date(delivery.nextAttemptAt).toISOString(),
    ]),
    'Nothing was sent.',
  );
}

function lastAnswer({ attempts }: webhooksApi.DeliveryView): string {
  const last = attempts.at(-1);
  if (last === undefined) return '-';
  return last.status === null ? (last.error ?? '-') : `status ${last.status} in ${last.durationMs} ms`;
}
