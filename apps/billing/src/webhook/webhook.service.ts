import {
  encodeWireId,
  webhookIdSchema,
  type AccountId,
  type DeliveryId,
  type WebhookEventType,
  type WebhookId,
  type webhooksApi,
} from '@apilink/contracts';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

import type { AccountRepository } from '../account/account.repository.js';
import type { SecretSeal } from '../secret/secret-seal.service.js';
import { eventText } from '../spend-alert/spend-alert-event.factory.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { DeliveryRepository } from './delivery.repository.js';
import type { DeliveryService } from './delivery.service.js';
import { urlProblem } from './webhook.domain.js';
import { createWebhookSecret, newDeliveryId, newWebhookId, secretPlaceOf } from './webhook.factory.js';
import type { WebhookRecord, WebhookRepository } from './webhook.repository.js';

/** Webhooks of one account at most: each event goes to all of them. */
const WEBHOOKS_MAX = 20;

export interface WebhookParts {
  readonly database: Database;
  readonly webhooks: WebhookRepository;
  readonly deliveries: DeliveryRepository;
  readonly delivery: DeliveryService;
  readonly accounts: AccountRepository;
  readonly staffActions: StaffActionRepository;
  readonly seal: SecretSeal;
  readonly privateAddresses: 'refuse' | 'allow';
  readonly now: () => number;
}

export interface NewWebhook {
  readonly accountId: AccountId;
  readonly url: string;
  readonly events: WebhookEventType[] | null;
}

/** Addresses that an account wants to be told at, and what was told there. */
export class WebhookService {
  constructor(private readonly parts: WebhookParts) {}

  /** Answers with the secret, once. Rejects with `invalid_parameter` for an address that is not asked. */
  async create(request: NewWebhook, actor: string): Promise<WebhookRecord & { readonly secret: string }> {
    const { database, webhooks, accounts, seal, privateAddresses } = this.parts;
    const problem = urlProblem(request.url, privateAddresses);
    if (problem !== null) throw new ApiError('invalid_parameter', { param: 'url', detail: problem });
    const webhookId = newWebhookId(uuidv7());
    const secret = createWebhookSecret();
    const webhook = await database.transaction(async (sql) => {
      if ((await accounts.find(sql, request.accountId)) === null) throw notFound('this account');
      const known = await webhooks.listOfAccount(sql, request.accountId);
      if (known.some(({ url }) => url === request.url)) {
        throw new ApiError('invalid_parameter', { param: 'url', detail: 'the account has a webhook of this address' });
      }
      if (known.length >= WEBHOOKS_MAX) {
        throw new ApiError('invalid_parameter', { param: 'url', detail: `the account has ${WEBHOOKS_MAX} webhooks` });
      }
      await webhooks.insert(sql, { ...request, webhookId }, seal.seal(secret, secretPlaceOf(webhookId)));
      await this.#record(sql, actor, 'webhook.create', webhookId, { url: request.url, events: request.events });
      return this.#require(sql, webhookId);
    });
    return { ...webhook, secret };
  }

  async list(accountId: AccountId): Promise<readonly WebhookRecord[]> {
    const { database, accounts, webhooks } = this.parts;
    if ((await accounts.find(database, accountId)) === null) throw notFound('this account');
    return webhooks.listOfAccount(database, accountId);
  }

  async remove(webhookId: WebhookId, actor: string): Promise<void> {
    await this.parts.database.transaction(async (sql) => {
      await this.#require(sql, webhookId);
      await this.parts.webhooks.remove(sql, webhookId);
      await this.#record(sql, actor, 'webhook.delete', webhookId, {});
    });
  }

  /** One that we stopped asking is asked again, what waited included. */
  async enable(webhookId: WebhookId, actor: string): Promise<WebhookRecord> {
    return this.parts.database.transaction(async (sql) => {
      await this.#require(sql, webhookId);
      await this.parts.webhooks.enable(sql, webhookId);
      await this.#record(sql, actor, 'webhook.enable', webhookId, {});
      return this.#require(sql, webhookId);
    });
  }

  /** Sends an event of no meaning now, and answers with what came back. */
  async test(webhookId: WebhookId, actor: string): Promise<webhooksApi.DeliveryView> {
    const { database, deliveries, now } = this.parts;
    const deliveryId = newDeliveryId(uuidv7());
    await database.transaction(async (sql) => {
      const { accountId, status } = await this.#require(sql, webhookId);
      if (status === 'disabled') {
        throw new ApiError('invalid_parameter', { param: 'webhookId', detail: 'it is disabled: enable it first' });
      }
      const body = eventText({ type: 'webhook.test', timestamp: now(), data: { accountId, webhookId } });
      const eventId = encodeWireId('evt', uuidv7());
      await deliveries.insert(sql, [{ deliveryId, webhookId, eventId, eventType: 'webhook.test', body }]);
      await this.#record(sql, actor, 'webhook.test', webhookId, {});
    });
    return this.#delivered(deliveryId);
  }

  async deliveriesOf(
    webhookId: WebhookId,
    below: DeliveryId | null,
    limit: number,
  ): Promise<{ deliveries: readonly webhooksApi.DeliveryView[]; more: boolean }> {
    const { database, deliveries } = this.parts;
    await this.#require(database, webhookId);
    const page = await deliveries.page(database, webhookId, below, limit + 1);
    return { deliveries: page.slice(0, limit), more: page.length > limit };
  }

  /** Sends the same event again, under the same id, and answers with what came back. */
  async replay(deliveryId: DeliveryId, actor: string): Promise<webhooksApi.DeliveryView> {
    await this.parts.database.transaction(async (sql) => {
      const known = await this.parts.deliveries.find(sql, deliveryId);
      if (known === null) throw notFound('this delivery');
      await this.parts.deliveries.replay(sql, deliveryId);
      await this.#record(sql, actor, 'webhook.replay', known.webhookId, { deliveryId });
    });
    return this.#delivered(deliveryId);
  }

  async #delivered(deliveryId: DeliveryId): Promise<webhooksApi.DeliveryView> {
    const delivery = await this.parts.delivery.deliverNow(deliveryId);
    if (delivery === null) throw notFound('this delivery');
    return delivery;
  }

  async #require(sql: Sql, webhookId: WebhookId): Promise<WebhookRecord> {
    const webhook = await this.parts.webhooks.find(sql, webhookId);
    if (webhook === null) throw notFound('this webhook');
    return webhook;
  }

  async #record(sql: Sql, actor: string, action: string, webhookId: WebhookId, detail: object): Promise<void> {
    const subject = z.encode(webhookIdSchema, webhookId);
    await this.parts.staffActions.record(sql, { actor, action, subject, detail: { ...detail } });
  }
}

function notFound(detail: string): ApiError {
  return new ApiError('not_found', { detail });
}
