import type { RoutedModel } from '../routing-table/routed-model.domain.js';

/** OpenRouter's `data` of `GET /v1/providers`: who serves something, by the slug that a request's `provider` names. */
export function providerList(models: readonly RoutedModel[]) {
  const names = new Map<string, string>();
  for (const { published } of models) {
    for (const { enabled, provider, providerName } of published.endpoints)
      if (enabled) names.set(provider, providerName);
  }
  return [...names]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([slug, name]) => ({
      name,
      slug,
      privacy_policy_url: null,
      terms_of_service_url: null,
      status_page_url: null,
      datacenters: null,
      headquarters: null,
    }));
}
