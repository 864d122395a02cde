import type { RoutedModel } from '../routing-table/routed-model.domain.js';
import { codexModel } from './codex-model.domain.js';
import { isServed, modelCard } from './model-card.domain.js';
import { answersTurns } from './model-modality.domain.js';

/**
 * Priced models that somebody serves, as one object for every client: `data` with OpenAI's, OpenRouter's and Anthropic's
 * fields, `models` for Codex, and the list fields of all of them. Never paged.
 *
 * @param allowed the allow-list of the caller's key; null = all.
 */
export function modelList(models: readonly RoutedModel[], allowed: readonly string[] | null, at: number) {
  const served = models.filter((model) => isServed(model) && mayCall(allowed, model));
  const data = served.map((model) => modelCard(model, at));
  return {
    object: 'list',
    data,
    models: served.filter(answersTurns).map(codexModel),
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: false,
    total_count: data.length,
    links: { next: null },
  };
}

export function mayCall(allowed: readonly string[] | null, { published }: RoutedModel): boolean {
  return allowed === null || allowed.includes(published.modelId);
}
