import { keyIdSchema, webhookEventSchema, workspaceIdSchema, type WebhookEvent } from '@apilink/contracts';

import { illegalState } from '../illegal-state.domain.js';
import type { SpendAlert } from './spend-alert.repository.js';

/** What webhooks are told of an alert. */
export function eventOfAlert(alert: SpendAlert): WebhookEvent {
  const { accountId, kind, scopeId, name, hint, foundAt: timestamp } = alert;
  switch (kind) {
    case 'key_cap':
      return {
        type: 'key.cap_reached',
        timestamp,
        data: { accountId, keyId: keyIdSchema.out.parse(scopeId), name, hint, ...reachedOf(alert) },
      };
    case 'workspace_budget':
      return {
        type: 'workspace.budget_reached',
        timestamp,
        data: { accountId, workspaceId: workspaceIdSchema.out.parse(scopeId), name, ...reachedOf(alert) },
      };
    case 'balance_low':
      return {
        type: 'account.balance_low',
        timestamp,
        data: { accountId, belowNanoUsd: alert.limitNanoUsd, balanceNanoUsd: alert.amountNanoUsd },
      };
  }
  return illegalState(kind);
}

/** As it goes over the wire. */
export function eventText(event: WebhookEvent): string {
  return JSON.stringify(webhookEventSchema.encode(event));
}

function reachedOf({ period, thresholdPercent, limitNanoUsd, amountNanoUsd }: SpendAlert) {
  return {
    period,
    periodKind: periodKindOf(period),
    thresholdPercent: thresholdPercent === 80 ? (80 as const) : (100 as const),
    limitNanoUsd,
    spentNanoUsd: amountNanoUsd,
  };
}

function periodKindOf(period: string): 'day' | 'week' | 'month' {
  if (period.includes('W')) return 'week';
  return period.length === 'YYYY-MM'.length ? 'month' : 'day';
}
