import { randomBytes } from 'node:crypto';

import { deliveryIdSchema, webhookIdSchema, type DeliveryId, type WebhookId } from '@apilink/contracts';

/** 256 bits, in the form of Standard Webhooks. */
export function createWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** What a sealed secret is bound to. */
export function secretPlaceOf(webhookId: WebhookId): string {
  return `webhooks.secret/${webhookId}`;
}

export function newWebhookId(uuid: string): WebhookId {
  return webhookIdSchema.out.parse(uuid);
}

export function newDeliveryId(uuid: string): DeliveryId {
  return deliveryIdSchema.out.parse(uuid);
}
