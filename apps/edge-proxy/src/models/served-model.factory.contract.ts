import { modelPublishedSchema, type Capability, type Dialect } from '@apilink/contracts';

import { modelEvent } from '../rig/world-seed.factory.contract.js';
import { routedModel, type RoutedModel } from '../routing-table/routed-model.domain.js';

/** The one model of the rig, spoken to in other dialects. */
export function servedModel({
  dialects,
  capabilities,
}: {
  readonly dialects: readonly Dialect[];
  readonly capabilities: readonly Capability[];
}): RoutedModel {
  const { body } = modelEvent({}, 'http://127.0.0.1:1', 'http://127.0.0.1:2');
  const published = modelPublishedSchema.parse(JSON.parse(body));
  const endpoints = published.endpoints.map((endpoint) => ({ ...endpoint, dialects: [...dialects] }));
  return routedModel({ ...published, capabilities: [...capabilities], endpoints }, 0);
}
