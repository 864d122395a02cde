import { answerHeaders } from '../hot-lane/response-header.factory.js';
import type { RoutedEndpoint } from '../routing-table/routed-model.domain.js';
import type { Generation } from './generation.entity.js';

/** Headers of everything that is answered after an admission. */
export function generationHeaders(generation: Generation, endpoint: RoutedEndpoint | null, attempts: number): string[] {
  const { facts } = generation;
  return answerHeaders({
    requestId: facts.requestId,
    figures: facts.figures,
    skin: facts.skin,
    admission: {
      generation: facts.wire,
      holdNanoUsd: generation.openedAmountNanoUsd,
      clampedMaxTokens: facts.output.clampedTo,
      passesCachePremium: facts.plan.passesCachePremium,
      provider: endpoint?.provider ?? null,
      attempts,
      overheadMs: generation.overheadMs ?? 0,
    },
  });
}

/** Of the attempt whose stream it is. */
interface StreamSource {
  readonly endpoint: RoutedEndpoint | null;
  readonly attempts: number;
  /** Default: events. */
  readonly contentType: string | undefined;
}

/** Headers of a stream; no balancer may buffer or transform it. */
export function streamHeaders(generation: Generation, { endpoint, attempts, contentType }: StreamSource): string[] {
  return [
    ...generationHeaders(generation, endpoint, attempts),
    'content-type',
    contentType ?? 'text/event-stream; charset=utf-8',
    'cache-control',
    'no-cache, no-transform',
    'x-accel-buffering',
    'no',
  ];
}
