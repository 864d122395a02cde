import { priceChanges, type CatalogModel } from '@apilink/catalog';
import { priceRowsOf, type ConfigurationFile } from '@apilink/contracts';

import { changeText } from './catalog-view.service.js';

/**
 * What a configuration file says differently from the built-in catalog: a line for every price of an offer that both
 * have, and for every offer that the file takes away, because a model of the file stands in place of the built-in one.
 */
export function overrideLines(file: ConfigurationFile, models: readonly CatalogModel[]): string[] {
  const builtIn = new Map(models.map((model) => [model.id, model]));
  return file.models.flatMap((model) => {
    const known = builtIn.get(model.id);
    if (known === undefined) return [];
    const own = new Map(model.endpoints.map((endpoint) => [endpoint.provider, endpoint]));
    return known.offers.flatMap(({ provider, prices = [] }) => {
      const endpoint = own.get(provider);
      if (endpoint === undefined) return [`- ${model.id} at ${provider}: the file does not offer it`];
      const changes = priceChanges(prices, priceRowsOf(endpoint));
      return changes.map((change) => `~ ${changeText({ modelId: model.id, provider, ...change })}`);
    });
  });
}
