import type { Capability } from '@apilink/contracts';

import type { RoutedModel } from '../routing-table/routed-model.domain.js';

/** OpenRouter's words, which its SDK reads. */
export interface Modalities {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What goes in and comes out where an endpoint is spoken to in a dialect; all others are turns of text. */
const byDialect: Readonly<Record<string, Modalities>> = {
  embeddings: { inputs: ['text'], outputs: ['embeddings'] },
  images: { inputs: ['text'], outputs: ['image'] },
  speech: { inputs: ['text'], outputs: ['speech'] },
  transcriptions: { inputs: ['audio'], outputs: ['transcription'] },
  rerank: { inputs: ['text'], outputs: ['rerank'] },
};
const inputOf: readonly (readonly [capability: Capability, input: string])[] = [
  ['images', 'image'],
  ['files', 'file'],
  ['audio', 'audio'],
];

/** What a model takes and gives, by the dialects of the endpoints that serve it and by its capabilities. */
export function modalitiesOf(model: RoutedModel): Modalities {
  const dialects = new Set(model.endpoints.filter(({ enabled }) => enabled).flatMap((endpoint) => endpoint.dialects));
  const inputs = new Set<string>();
  const outputs = new Set<string>();
  for (const dialect of dialects) {
    const told = byDialect[dialect] ?? { inputs: ['text'], outputs: ['text'] };
    for (const input of told.inputs) inputs.add(input);
    for (const output of told.outputs) outputs.add(output);
  }
  for (const [capability, input] of inputOf) {
    // Pictures to be changed go to models that draw; all else of it is said in a turn.
    const takes = outputs.has('text') || (input === 'image' && outputs.has('image'));
    if (takes && model.published.capabilities.includes(capability)) inputs.add(input);
  }
  return { inputs: [...inputs], outputs: [...outputs] };
}

/** Whether it answers turns of a conversation: chat, responses, messages and Gemini's, whichever its endpoints speak. */
export function answersTurns(model: RoutedModel): boolean {
  return modalitiesOf(model).outputs.includes('text');
}
