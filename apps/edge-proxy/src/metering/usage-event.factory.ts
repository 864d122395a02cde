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
import { emptyUsage, type UsageVector } from '@apilink/pricing';
import type { z } from 'zod';

import { cleanText } from './clean-text.domain.js';

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

export interface FinalFacts {
  readonly account: string;
  readonly epoch: number;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly highestHoldNanoUsd: bigint;
  readonly finalHoldNanoUsd: bigint;
  readonly chargeNanoUsd: bigint;
  readonly usage: UsageVector;
  readonly usageSource: UsageSource;
  readonly answeredBy: UsageFinal['answeredBy'];
  readonly serviceTier: string | null;
  readonly attempts: readonly AttemptFacts[];
  readonly endedAt: number;
  readonly dialect: UsageFinal['dialect'];
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
  /** Of the request's span, where it is sampled. */
  readonly traceparent?: string | undefined;
}

/**
 * What both events say alike, as JSON text without its closing brace: made once per generation. The events are written by
 * hand in the schema's wire form, since encoding ids and amounts through the codecs costs more than the admission; the
 * compiler holds the shape, and a spec that the schema reads every event back.
 */
export function holdFactsText(facts: HoldFacts): string {
  const wire: Omit<HoldOpenedWire, 'amountNanoUsd' | 'epoch'> = {
    generationId: facts.generation,
    accountId: facts.account,
    workspaceId: facts.workspace,
    keyId: facts.key,
    modelId: facts.modelId,
    candidates: facts.candidates,
    periods: facts.periods,
    openedAt: instant(facts.openedAt),
  };
  return JSON.stringify(wire).slice(0, -1);
}

/** @param factsText of `holdFactsText` */
export function holdOpenedEvent(
  factsText: string,
  opened: { readonly account: string; readonly amountNanoUsd: bigint; readonly epoch: number },
  stamp: EventStamp,
): OutgoingEvent {
  const rest: Pick<HoldOpenedWire, 'amountNanoUsd' | 'epoch'> = {
    epoch: opened.epoch,
    amountNanoUsd: opened.amountNanoUsd.toString(),
  };
  return usageEvent('hold.opened', opened.account, bodyOf(factsText, rest), stamp);
}

export function usageFinalEvent(factsText: string, facts: FinalFacts, stamp: EventStamp): OutgoingEvent {
  const rest: Omit<UsageFinalWire, keyof Omit<HoldOpenedWire, 'amountNanoUsd' | 'epoch'>> = {
    epoch: facts.epoch,
    outcome: facts.outcome,
    reason: cleanText(facts.reason, 500),
    highestHoldNanoUsd: facts.highestHoldNanoUsd.toString(),
    finalHoldNanoUsd: facts.finalHoldNanoUsd.toString(),
    chargeNanoUsd: facts.chargeNanoUsd.toString(),
    usage: usageWire(facts.usage),
    usageSource: facts.usageSource,
    answeredBy: facts.answeredBy,
    serviceTier: cleanText(facts.serviceTier, 64),
    attempts: facts.attempts.map(attemptWire),
    endedAt: instant(facts.endedAt),
    dialect: facts.dialect,
    stream: facts.stream,
    status: facts.status,
    finishReason: cleanText(facts.finishReason, 64),
    app: facts.app,
    session: cleanText(facts.session, 256),
    endUser: cleanText(facts.endUser, 256),
  };
  return usageEvent('usage.final', facts.account, bodyOf(factsText, rest), stamp);
}

/** The same event with the epoch in which its hold was confirmed later. */
export function withEpoch(event: OutgoingEvent, epoch: number): OutgoingEvent {
  // A text that a client wrote cannot look like this: its quotes are escaped.
  return { ...event, body: event.body?.replace(/"epoch":\d+/, `"epoch":${epoch}`) ?? null };
}

function bodyOf(factsText: string, rest: object): string {
  return `${factsText},${JSON.stringify(rest).slice(1)}`;
}

const usageFields = Object.keys(emptyUsage).filter((field): field is keyof UsageVector => field in emptyUsage);

/** Without its zeros, which the schema puts back: of sixteen fields two or three are used. */
function usageWire(usage: UsageVector): UsageFinalWire['usage'] {
  const wire: Partial<Record<keyof UsageVector, number>> = {};
  for (const field of usageFields) if (usage[field] !== 0) wire[field] = usage[field];
  return wire;
}

function attemptWire(attempt: AttemptFacts): UsageFinalWire['attempts'][number] {
  return {
    ...attempt,
    startedAt: instant(attempt.startedAt),
    usage: attempt.usage === null ? null : usageWire(attempt.usage),
    costNanoUsd: attempt.costNanoUsd === null ? null : attempt.costNanoUsd.toString(),
    hedge: false,
  };
}

function usageEvent(type: string, account: string, body: string, stamp: EventStamp): OutgoingEvent {
  const { id, time, traceparent } = stamp;
  const event = { topic: topics.usage.name, key: account, id, type, source: 'edge-proxy', time, body };
  return traceparent === undefined ? event : { ...event, traceparent };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** The application that calls, as OpenRouter's clients name it by `HTTP-Referer` and `X-Title`; null without both. */
export function appOf(headers: Readonly<Record<string, string | string[] | undefined>>): UsageFinal['app'] {
  const referer = first(headers['http-referer'] ?? headers['referer']);
  const title = first(headers['x-title']);
  if (referer === null && title === null) return null;
  return { referer: cleanText(referer, 500), title: cleanText(title, 200) };
}

function first(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
