import { describe, expect, it } from '@jest/globals';
import type { Capability, Dialect } from '@apilink/contracts';

import type { RoutedModel } from '../routing-table/routed-model.domain.js';
import { architectureOf, modelCard } from './model-card.domain.js';
import { modelList } from './model-list.domain.js';
import { servedModel } from './served-model.factory.contract.js';

function model(dialects: Dialect[], capabilities: Capability[] = []): RoutedModel {
  return servedModel({ dialects, capabilities });
}

describe('modalities of a model', () => {
  it.each<[Dialect[], Capability[], string]>([
    [['chat'], [], 'text->text'],
    [['messages', 'responses'], ['images', 'files', 'audio'], 'text+image+file+audio->text'],
    [['embeddings'], [], 'text->embeddings'],
    [['images'], ['images'], 'text+image->image'],
    [['speech'], ['images', 'files', 'audio'], 'text->speech'],
    [['transcriptions'], [], 'audio->transcription'],
    [['rerank'], [], 'text->rerank'],
    [['chat', 'images'], [], 'text->text+image'],
  ])('spoken to in %j with %j is %s', (dialects, capabilities, modality) => {
    expect(architectureOf(model(dialects, capabilities)).modality).toBe(modality);
  });

  it('offers Codex only models that answer turns, whatever their endpoints speak', () => {
    const list = modelList([model(['embeddings']), model(['messages'])], null, 0);
    expect([list.data.length, list.models.length]).toEqual([2, 1]);
    expect(modelCard(model(['embeddings']), 0).supported_parameters).toEqual([]);
  });
});
