import { topics, usageFinalSchema, type UsageFinal } from '@apilink/contracts';
import type { OutgoingEvent } from '@apilink/events';
import type { RenewedHold } from '@apilink/holds';

/** The `usage.final` of a spooled event; null for one that this release cannot read. */
function spooledFinal(event: OutgoingEvent): UsageFinal | null {
  if (event.topic !== topics.usage.name || event.type !== 'usage.final' || event.body === null) return null;
  const result = usageFinalSchema.safeParse(JSON.parse(event.body));
  return result.success ? result.data : null;
}

/** The hold that has to be renewed until the event is acknowledged, and the epoch it was last confirmed in. */
export function spooledHold(event: OutgoingEvent): { readonly hold: RenewedHold; readonly epoch: number } | null {
  const final = spooledFinal(event);
  if (final === null) return null;
  const { accountId, workspaceId, keyId, generationId, periods, openedAt, epoch, finalHoldNanoUsd } = final;
  return {
    hold: { accountId, workspaceId, keyId, holdId: generationId, amountNanoUsd: finalHoldNanoUsd, periods, openedAt },
    epoch,
  };
}
