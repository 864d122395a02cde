import { encodeWireId, type DeliveryId, type webhooksApi } from '@apilink/contracts';
import type { Database } from '@apilink/postgres';
import { SealBrokenError } from '@apilink/service';
import { Webhook } from 'standardwebhooks';
import { v7 as uuidv7 } from 'uuid';

import type { SecretSeal } from '../secret/secret-seal.service.js';
import { eventOfAlert, eventText } from '../spend-alert/spend-alert-event.factory.js';
import type { SpendAlert, SpendAlertRepository } from '../spend-alert/spend-alert.repository.js';
import type { DeliveryRepository, DueDelivery, NewDelivery } from './delivery.repository.js';
import { secretPlaceOf, newDeliveryId } from './webhook.factory.js';
import { disabledReason, isDelivered, pauseAfter, type AttemptResult } from './webhook.domain.js';
import type { WebhookRecord, WebhookRepository } from './webhook.repository.js';
import type { WebhookSender } from './webhook.client.js';

/** Alerts told by one transaction. */
const ALERTS_MAX = 200;
/** Webhooks asked at once. */
const ATTEMPTS_AT_ONCE = 20;

export interface DeliveryParts {
  readonly database: Database;
  readonly deliveries: DeliveryRepository;
  readonly webhooks: WebhookRepository;
  readonly spendAlerts: SpendAlertRepository;
  readonly seal: SecretSeal;
  readonly sender: WebhookSender;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Turns alerts into deliveries, one per webhook, and brings them there until they are taken. Each event is delivered at
 * least once, always under one id; a crash between sending and noting it sends it again.
 */
export class DeliveryService {
  constructor(private readonly parts: DeliveryParts) {}

  /** Tells what was found, and brings what is due; true when there may be more at once. */
  async work(): Promise<boolean> {
    const told = await this.tellAlerts();
    const due = await this.parts.deliveries.claim(this.parts.database, ATTEMPTS_AT_ONCE);
    await Promise.all(due.map((delivery) => this.#attempt(delivery)));
    return told === ALERTS_MAX || due.length > 0;
  }

  /** An alert and its deliveries are written together: neither is without the other. */
  async tellAlerts(): Promise<number> {
    const { database, spendAlerts, webhooks, deliveries } = this.parts;
    return database.transaction(async (sql) => {
      const alerts = await spendAlerts.lockUntold(sql, ALERTS_MAX);
      if (alerts.length === 0) return 0;
      const listening = await webhooks.listActive(sql, [...new Set(alerts.map(({ accountId }) => accountId))]);
      await deliveries.insert(
        sql,
        alerts.flatMap((alert) => deliveriesOf(alert, listening)),
      );
      await spendAlerts.markTold(sql, alerts);
      return alerts.length;
    });
  }

  /** Brings one delivery now, whatever waits before it. */
  async deliverNow(deliveryId: DeliveryId): Promise<webhooksApi.DeliveryView | null> {
    const { database, deliveries } = this.parts;
    const [due] = await deliveries.claim(database, 1, deliveryId);
    if (due !== undefined) await this.#attempt(due);
    return deliveries.find(database, deliveryId);
  }

  async forgetOld(): Promise<void> {
    await this.parts.deliveries.forgetOld(this.parts.database);
  }

  async #attempt(due: DueDelivery): Promise<void> {
    const { database, deliveries, webhooks, now, random } = this.parts;
    const result = await this.#send(due);
    await database.transaction(async (sql) => {
      await deliveries.logAttempt(sql, due.deliveryId, result);
      if (isDelivered(result)) {
        await deliveries.end(sql, due.deliveryId, 'delivered');
        await webhooks.noteSuccess(sql, due.webhookId);
        return;
      }
      const pauseMs = pauseAfter(due.attempts, random());
      if (pauseMs === null) await deliveries.end(sql, due.deliveryId, 'failed');
      else await deliveries.postpone(sql, due.deliveryId, pauseMs);
      const failingSince = await webhooks.noteFailure(sql, due.webhookId);
      const reason = disabledReason(result, failingSince, now());
      if (reason !== null) await webhooks.disable(sql, due.webhookId, reason);
    });
  }

  async #send({ eventId, url, body, sealedSecret, webhookId }: DueDelivery): Promise<AttemptResult> {
    const { seal, sender, now } = this.parts;
    try {
      const secret = seal.open(sealedSecret, secretPlaceOf(webhookId));
      const at = new Date(now());
      const headers = {
        'webhook-id': eventId,
        'webhook-timestamp': Math.floor(at.getTime() / 1_000).toString(),
        'webhook-signature': new Webhook(secret).sign(eventId, at, body),
      };
      return await sender.send({ url, body, headers });
    } catch (error) {
      if (!(error instanceof SealBrokenError)) throw error;
      return { kind: 'failed', error: 'its secret cannot be opened with SECRETS_KEY', durationMs: 0 };
    }
  }
}

function deliveriesOf(alert: SpendAlert, listening: readonly WebhookRecord[]): readonly NewDelivery[] {
  const event = eventOfAlert(alert);
  return listening
    .filter(({ accountId }) => accountId === alert.accountId)
    .filter(({ events }) => events === null || events.some((type) => type === event.type))
    .map(({ webhookId }) => ({
      deliveryId: newDeliveryId(uuidv7()),
      webhookId,
      eventId: encodeWireId('evt', alert.alertId),
      eventType: event.type,
      body: eventText(event),
    }));
}
