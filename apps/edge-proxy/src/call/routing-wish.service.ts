import { noWishes, readWishes, wishfulName, type Exclusion, type RoutingWishes } from '@apilink/routing';
import { ApiError } from '@apilink/service';

import type { RoutedModel } from '../routing-table/routed-model.domain.js';

/** A model, and what the caller wants of its endpoints. */
export interface WishedModel {
  readonly model: RoutedModel;
  readonly wishes: RoutingWishes;
}

/**
 * The model of a name, which may end with a wish (`:floor`, `:nitro`, `:free`, `:provider`), and what `provider` says. Null
 * for a name that no model has. Throws an ApiError for a wish that cannot be understood.
 */
export function wishedModel(
  asked: { readonly model: string; readonly provider?: unknown },
  find: (name: string) => RoutedModel | null,
): WishedModel | null {
  const reading = readWishes(asked.provider);
  if ('problem' in reading) {
    const { param, expected } = reading.problem;
    throw new ApiError('invalid_parameter', { param, detail: `expected ${expected}` });
  }
  const { wishes } = reading;
  const named = find(asked.model);
  if (named !== null) return { model: named, wishes };
  const parts = wishfulName(asked.model);
  const model = parts === null ? null : find(parts.model);
  if (parts === null || model === null) return null;
  return { model, wishes: { ...wishes, ...parts.wishes } };
}

/** An order of which no name is anybody's cannot be obeyed. */
export function checkOrder({ model, wishes }: WishedModel): void {
  const { order } = wishes;
  if (order.length === 0) return;
  const known = new Set(model.endpoints.flatMap(({ provider, endpointId }) => [provider, endpointId.toLowerCase()]));
  if (order.some((name) => known.has(name))) return;
  const providers = [...new Set(model.endpoints.map(({ provider }) => provider))].join(', ');
  throw new ApiError('invalid_parameter', {
    param: 'provider.order',
    detail: `none of these offers "${model.published.modelId}"; it is offered by ${providers}`,
  });
}

const wishCodes: ReadonlySet<string> = new Set([
  'provider_not_listed',
  'provider_ignored',
  'provider_trains',
  'provider_retains',
  'quantization_unlisted',
  'price_above_max',
]);

/** When the caller's wishes have left nobody: each endpoint with its code. Null when it was not they. */
export function wishRefusal(excluded: readonly Exclusion[], wishes: RoutingWishes): ApiError | null {
  if (wishes === noWishes || !excluded.some(({ code }) => wishCodes.has(code))) return null;
  const detail = excluded.map(({ endpointId, code }) => `${endpointId} (${code})`).join(', ');
  return new ApiError('no_endpoint_wanted', { param: 'provider', detail: detail.slice(0, 2_000) });
}
