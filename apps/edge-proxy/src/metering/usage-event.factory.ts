import type {
  AttemptClass,
  Outcome,
  UsageFinal,
  UsageSource,
  HoldOpened,
  holdOpenedSchema,
  usageFinalSchema,
} from '@apilink/contracts';
import { topics } from '@apilink/contracts';
import type { OutgoingEvent } from '@apilink/events';
import type { UsageVector } from '@apilink/pricing';
import type { z } from 'zod';

type HoldOpenedWire = z.input<typeof holdOpenedSchema>;
type UsageFinalWire = z.input<typeof usageFinalSchema>;

/** What both events say of the hold, ids in wire form: they were written once, at authentication and admission. */
export interface HoldFacts {
  readonly generation: string;
  readonly account: string;
  readonly workspace: string;
  readonly key: string;
  readonly modelId: string;
  readonly candidates: HoldOpened['candidates'];
  readonly periods: HoldOpened['periods'];
  readonly openedAt: number;
  readonly epoch: number;
}

export interface AttemptFacts {
  readonly endpointId: string;
  readonly provider: string;
  readonly credential: string;
  readonly startedAt: number;
  readonly firstTokenMs: number | null;
  readonly durationMs: number;
  readonly class: AttemptClass;
  readonly status: number | null;
  readonly usage: UsageVector | null;
  readonly costNanoUsd: bigint | null;
}

export interface FinalFacts extends HoldFacts {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly finalHoldNanoUsd: bigint;
  readonly chargeNanoUsd: bigint;
  readonly usage: UsageVector;
  readonly usageSource: UsageSource;
  readonly answeredBy: UsageFinal['answeredBy'];
  readonly serviceTier: string | null;
  readonly attempts: readonly AttemptFacts[];
  readonly endedAt: number;
  readonly stream: boolean;
  readonly status: number;
  readonly finishReason: string | null;
  readonly app: UsageFinal['app'];
  readonly session: string | null;
  readonly endUser: string | null;
}

/** Ids and clock of one event. */
export interface EventStamp {
  readonly id: string;
  readonly time: number;
}

/**
 * The events are written by hand in the schema's wire form: encoding ids and amounts through the codecs costs more than
 * the admission. The compiler holds the shape, a spec that the schema reads every event back.
 */
export function holdOpenedEvent(facts: HoldFacts, amountNanoUsd: bigint, stamp: EventStamp): OutgoingEvent {
  const body: HoldOpenedWire = { ...holdFactsWire(facts), amountNanoUsd: amountNanoUsd.toString() };
  return usageEvent('hold.opened', facts.account, body, stamp);
}

export function usageFinalEvent(facts: FinalFacts, stamp: EventStamp): OutgoingEvent {
  const body: UsageFinalWire = {
    ...holdFactsWire(facts),
    outcome: facts.outcome,
    reason: facts.reason === null ? null : facts.reason.slice(0, 500),
    finalHoldNanoUsd: facts.finalHoldNanoUsd.toString(),
    chargeNanoUsd: facts.chargeNanoUsd.toString(),
    usage: facts.usage,
    usageSource: facts.usageSource,
    answeredBy: facts.answeredBy,
    serviceTier: facts.serviceTier?.slice(0, 64) ?? null,
    attempts: facts.attempts.map(attemptWire),
    endedAt: instant(facts.endedAt),
    dialect: 'chat',
    stream: facts.stream,
    status: facts.status,
    finishReason: facts.finishReason?.slice(0, 64) ?? null,
    app: facts.app,
    session: facts.session?.slice(0, 256) ?? null,
    endUser: facts.endUser?.slice(0, 256) ?? null,
    tags: [],
  };
  return usageEvent('usage.final', facts.account, body, stamp);
}

function holdFactsWire(facts: HoldFacts): Omit<HoldOpenedWire, 'amountNanoUsd'> {
  return {
    generationId: facts.generation,
    accountId: facts.account,
    workspaceId: facts.workspace,
    keyId: facts.key,
    modelId: facts.modelId,
    candidates: facts.candidates,
    periods: facts.periods,
    openedAt: instant(facts.openedAt),
    epoch: facts.epoch,
  };
}

function attemptWire(attempt: AttemptFacts): UsageFinalWire['attempts'][number] {
  return {
    ...attempt,
    startedAt: instant(attempt.startedAt),
    costNanoUsd: attempt.costNanoUsd === null ? null : attempt.costNanoUsd.toString(),
    hedge: false,
  };
}

function usageEvent(type: string, account: string, body: object, stamp: EventStamp): OutgoingEvent {
  const { id, time } = stamp;
  return { topic: topics.usage.name, key: account, id, type, source: 'edge-proxy', time, body: JSON.stringify(body) };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** The application that calls, as OpenRouter's clients name it by `HTTP-Referer` and `X-Title`; null without both. */
export function appOf(headers: Readonly<Record<string, string | string[] | undefined>>): UsageFinal['app'] {
  const referer = first(headers['http-referer'] ?? headers['referer']);
  const title = first(headers['x-title']);
  if (referer === null && title === null) return null;
  return { referer: referer?.slice(0, 500) ?? null, title: title?.slice(0, 200) ?? null };
}

function first(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
