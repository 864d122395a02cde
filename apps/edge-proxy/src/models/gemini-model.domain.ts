import type { RoutedModel } from '../routing-table/routed-model.domain.js';
import { isServed } from './model-card.domain.js';
import { mayCall } from './model-list.domain.js';
import { answersTurns, modalitiesOf } from './model-modality.domain.js';

/** `GET /v1beta/models`: the models that Gemini's methods can be called on, in Google's form. Never paged. */
export function geminiModelList(models: readonly RoutedModel[], allowed: readonly string[] | null) {
  const served = models.filter((model) => isServed(model) && mayCall(allowed, model));
  return { models: served.filter((model) => methodsOf(model).length > 0).map(geminiModel) };
}

export function geminiModel(model: RoutedModel) {
  const { published } = model;
  return {
    name: `models/${published.modelId}`,
    baseModelId: published.modelId,
    version: '1',
    displayName: published.name,
    description: published.description,
    inputTokenLimit: published.contextLength,
    outputTokenLimit: published.maxOutputTokens,
    supportedGenerationMethods: methodsOf(model),
    thinking: published.capabilities.includes('reasoning'),
  };
}

function methodsOf(model: RoutedModel): readonly string[] {
  return answersTurns(model) && modalitiesOf(model).inputs.includes('text')
    ? ['generateContent', 'streamGenerateContent']
    : [];
}
