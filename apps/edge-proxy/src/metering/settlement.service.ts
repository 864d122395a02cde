import type { Outcome } from '@apilink/contracts';
import type { InputFactor } from '@apilink/dialects';
import { costOf, type Cost } from '@apilink/pricing';
import { formatTraceparent, type Failpoints, type Logger } from '@apilink/service';

import type { IdSource } from '../hot-lane/wire-id.domain.js';
import type { EdgeMetrics } from '../observability/edge-metrics.service.js';
import type { GenerationTraces } from '../observability/generation-traces.service.js';
import { chargeOf, finalTarget, type Ended } from '../relay/outcome.domain.js';
import type { Generation } from '../relay/generation.entity.js';
import type { HoldKeeper } from './hold-keeper.service.js';
import type { Metered } from './metered.domain.js';
import { within } from './patience.service.js';
import { holdOpenedEvent, usageFinalEvent, type EventStamp } from './usage-event.factory.js';
import type { UsagePublisher } from './usage-publisher.service.js';

/** The finishing chunk carries the cost, so it waits for the gate this long; nothing else waits for it. */
export const FINAL_RESIZE_MS_MAX = 200;

export interface Settled {
  readonly outcome: Outcome;
  readonly chargeNanoUsd: bigint;
  /** Null when no endpoint answered. */
  readonly cost: Cost | null;
  /** False when the gate did not answer in time: the hold is as it was last confirmed. */
  readonly isConfirmed: boolean;
}

/** What the client was told, for the receipt. */
export interface AnswerFacts {
  readonly status: number;
}

export interface SettlementServices {
  readonly keeper: HoldKeeper;
  readonly publisher: UsagePublisher;
  readonly inputFactor: InputFactor;
  readonly metrics: EdgeMetrics;
  readonly traces: GenerationTraces;
  readonly logger: Logger;
  readonly now: () => number;
  readonly ids: IdSource;
  readonly failpoints: Failpoints;
}

/** Ends a generation's hold and tells the event log what is to be charged. */
export class SettlementService {
  /** Models of which it was said that their price list has a hole. */
  readonly #unpriced = new Set<string>();

  constructor(private readonly services: SettlementServices) {}

  opened(generation: Generation): void {
    const { hold, identity } = generation.facts;
    this.services.traces.begin(generation);
    this.services.keeper.add(hold);
    const { account } = identity.wire;
    const { epoch } = hold;
    const time = this.services.now();
    this.services.publisher.opened(hold.holdId, () => {
      const opened = { account, amountNanoUsd: generation.openedAmountNanoUsd, epoch };
      return holdOpenedEvent(generation.holdText, opened, { ...this.#stamp(generation), time });
    });
  }

  /**
   * Sets the final hold and fixes the charge. Resolves within FINAL_RESIZE_MS_MAX: without the gate's answer the charge
   * is at most the hold as it was last confirmed. Never rejects.
   */
  async close(generation: Generation, ended: Ended, metered: Metered): Promise<Settled> {
    const { hold } = generation.facts;
    hold.whenGone = null;
    const cost = this.#costOf(generation, metered);
    const meteredNanoUsd = cost?.totalNanoUsd ?? 0n;
    this.#learn(generation, metered);
    const target = finalTarget(ended.outcome, meteredNanoUsd, hold.amountNanoUsd);
    const tokens = metered.usage.input + metered.usage.output;
    const isConfirmed = await isAnswered(this.services.keeper.resize(hold, target, true, tokens));
    this.services.failpoints.reach('settlement.resized');
    const finalHold = hold.amountNanoUsd;
    const chargeNanoUsd = chargeOf(ended.outcome, meteredNanoUsd, finalHold);
    return { outcome: ended.outcome, chargeNanoUsd, cost, isConfirmed };
  }

  /** From text alone: pictures and files have formulas of their own. The estimate is the one before the factor. */
  #learn({ facts }: Generation, { source, usage }: Metered): void {
    const { media, units } = facts.call.facts;
    const { images, audios, files } = media;
    if (source !== 'upstream' || units !== null || images.length + audios + files > 0) return;
    this.services.inputFactor.learn(facts.modelId, facts.call.facts.estimatedTextTokens, usage.input);
  }

  /** Publishes `usage.final`; the hold is renewed until the log has it. */
  publish(generation: Generation, ended: Ended, metered: Metered, settled: Settled & AnswerFacts): void {
    const { facts } = generation;
    const { facts: call } = facts.call;
    const event = usageFinalEvent(
      generation.holdText,
      {
        account: facts.identity.wire.account,
        epoch: facts.hold.epoch,
        outcome: ended.outcome,
        reason: ended.reason,
        highestHoldNanoUsd: facts.hold.highestNanoUsd,
        finalHoldNanoUsd: facts.hold.amountNanoUsd,
        chargeNanoUsd: settled.chargeNanoUsd,
        usage: metered.usage,
        usageSource: metered.source,
        answeredBy: answeredBy(generation),
        serviceTier: metered.serviceTier,
        attempts: generation.attempts,
        endedAt: this.services.now(),
        dialect: facts.route.dialect,
        stream: call.stream,
        status: settled.status,
        finishReason: ended.finishReason,
        app: facts.app,
        session: call.session,
        endUser: call.endUser,
      },
      this.#stamp(generation),
    );
    this.services.publisher.final(event, facts.hold.holdId);
    const { outcome, finishReason } = ended;
    this.services.traces.end(generation, { outcome, finishReason, metered, status: settled.status });
  }

  /** Null when no endpoint answered, or when what it told cannot be priced: then nothing is charged, and it is said. */
  #costOf(generation: Generation, metered: Metered): Cost | null {
    const { modelId, wire } = generation.facts;
    const { logger, metrics } = this.services;
    try {
      const cost = costOfAnswer(generation, metered);
      for (const dimension of cost?.unpriced ?? []) metrics.unpricedUsage.inc({ dimension });
      if (cost !== null && cost.unpriced.length > 0 && !this.#unpriced.has(modelId)) {
        this.#unpriced.add(modelId);
        logger.error({ model: modelId, unpriced: cost.unpriced }, 'a price list has no rate for what was used');
      }
      return cost;
    } catch (error) {
      logger.error({ err: error, model: modelId, generation: wire }, 'an answer could not be priced');
      return null;
    }
  }

  #stamp({ span }: Generation): EventStamp {
    const traceparent = span === null ? undefined : formatTraceparent(span.context);
    return { id: this.services.ids.event(), time: this.services.now(), traceparent };
  }
}

/** At the version that the hold pinned and the instant of its admission; null when no endpoint answered. */
function costOfAnswer(generation: Generation, metered: Metered): Cost | null {
  const endpoint = generation.answeredBy;
  if (endpoint === null || metered.source === 'none') return null;
  const at = generation.facts.hold.openedAt;
  return costOf(metered.usage, endpoint.card, { side: 'sell', at, serviceTier: metered.serviceTier });
}

function answeredBy({ answeredBy: endpoint }: Generation) {
  return endpoint === null ? null : { endpointId: endpoint.endpointId, priceVersion: endpoint.card.priceVersion };
}

/** False when the gate does not answer in time, or not at all: the work goes on by itself. */
async function isAnswered(work: Promise<unknown>): Promise<boolean> {
  try {
    return (await within(FINAL_RESIZE_MS_MAX, work)) !== 'late';
  } catch {
    return false;
  }
}
