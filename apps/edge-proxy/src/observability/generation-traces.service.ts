import type { Outcome } from '@apilink/contracts';
import type { SpanAttributes, Tracing } from '@apilink/service';

import type { Metered } from '../metering/metered.domain.js';
import type { AttemptFacts } from '../metering/usage-event.factory.js';
import type { Generation } from '../relay/generation.entity.js';

export interface GenerationTraceParts {
  readonly tracing: Tracing;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly monotonic: () => number;
}

/** How a generation ended, for its span. */
export interface TracedEnd {
  readonly outcome: Outcome;
  readonly finishReason: string | null;
  readonly metered: Metered;
  readonly status: number;
}

/** Endings that are the client's doing or as they should be; all others are errors of ours or of a provider. */
const goodOutcomes: ReadonlySet<Outcome> = new Set<Outcome>([
  'completed',
  'hold_exhausted',
  'client_disconnect',
  'abandoned_late',
  'slow_reader',
  'rejected',
]);

/**
 * The spans of admitted requests: one of the request and, below it, one of each attempt at a provider. Requests that are
 * refused have none, so that nobody without money can make us trace. Attributes follow OpenTelemetry's conventions for
 * HTTP and generative AI; what people and models wrote is never among them.
 */
export class GenerationTraces {
  constructor(private readonly parts: GenerationTraceParts) {}

  /** Begins the request's span at the moment when its body was whole. */
  begin(generation: Generation): void {
    const { tracing, now, monotonic } = this.parts;
    const { facts } = generation;
    generation.span = tracing.span(`POST ${facts.route.name}`, {
      parent: facts.caller,
      kind: 'server',
      startedAt: Math.round(now() - Math.max(0, monotonic() - facts.bodyReadAt)),
    });
    generation.span?.setAttributes({
      'http.request.method': 'POST',
      'http.route': facts.route.name,
      'gen_ai.operation.name': facts.route.operation,
      'gen_ai.request.model': facts.modelId,
      'gen_ai.request.stream': facts.call.facts.stream,
      'apilink.generation.id': facts.wire,
      'apilink.request.id': facts.requestId,
    });
  }

  /** Ends it, and tells its attempts, which are known only now. */
  end(generation: Generation, { outcome, finishReason, metered, status }: TracedEnd): void {
    const { span } = generation;
    if (span === null) return;
    for (const attempt of generation.attempts) this.#attempt(generation, attempt);
    span.setAttributes({
      'http.response.status_code': status === 0 ? undefined : status,
      'gen_ai.provider.name': generation.answeredBy?.provider,
      'gen_ai.response.finish_reasons': finishReason === null ? undefined : [finishReason],
      ...usageAttributes(metered.usage),
      'apilink.outcome': outcome,
      'apilink.usage.source': metered.source,
      'apilink.attempts': generation.attempts.length,
    });
    span.end({ endedAt: this.parts.now(), error: goodOutcomes.has(outcome) ? undefined : outcome });
  }

  #attempt({ span: root, facts }: Generation, attempt: AttemptFacts): void {
    const span = this.parts.tracing.span(`${facts.route.operation} ${facts.modelId}`, {
      parent: root?.context ?? null,
      kind: 'client',
      startedAt: attempt.startedAt,
      attributes: {
        'gen_ai.operation.name': facts.route.operation,
        'gen_ai.provider.name': attempt.provider,
        'gen_ai.request.model': facts.modelId,
        'http.response.status_code': attempt.status ?? undefined,
        ...(attempt.usage === null ? {} : usageAttributes(attempt.usage)),
        'apilink.endpoint.id': attempt.endpointId,
        'apilink.attempt.first_token_ms': attempt.firstTokenMs ?? undefined,
      },
    });
    const error = attempt.class === 'ok' ? undefined : attempt.class;
    span?.end({ endedAt: attempt.startedAt + attempt.durationMs, error });
  }
}

function usageAttributes({ input, output }: Metered['usage']): SpanAttributes {
  return { 'gen_ai.usage.input_tokens': input, 'gen_ai.usage.output_tokens': output };
}
