import { femtoRateSchema, type PublishedEndpoint, type RatesWire } from '@apilink/contracts';
import { Controller, Get, Inject } from '@nestjs/common';
import { z } from 'zod';

import { HealthService } from '../health/health.service.js';
import type { CatalogModel } from './catalog.domain.js';
import { CatalogService } from './catalog.service.js';

/** The catalog for people: prices and health, never what we pay or which credential we use. */
@Controller('api/router/v1/models')
export class ModelController {
  constructor(
    @Inject(CatalogService) private readonly catalog: CatalogService,
    @Inject(HealthService) private readonly health: HealthService,
  ) {}

  @Get()
  list(): object {
    return { models: this.catalog.models().map((model) => this.#view(model)) };
  }

  #view({ endpoints, ...facts }: CatalogModel): object {
    return { ...facts, endpoints: endpoints.map((endpoint) => this.#endpointView(endpoint)) };
  }

  #endpointView(endpoint: PublishedEndpoint): object {
    const { endpointId, provider, providerName, upstreamModel, dialects, dataPolicy, enabled, rateCard } = endpoint;
    return {
      endpointId,
      provider,
      providerName,
      upstreamModel,
      dialects,
      dataPolicy,
      enabled,
      priceVersion: rateCard.priceVersion,
      rows: rateCard.rows.map(({ sell, cost: _cost, ...conditions }) => ({
        ...conditions,
        femtoUsdPerUnit: encodedRates(sell),
      })),
      health: this.health.stateOf(endpointId),
    };
  }
}

function encodedRates(rates: RatesWire): Record<string, string> {
  return Object.fromEntries(
    Object.entries(rates).map(([dimension, rate]) => [dimension, z.encode(femtoRateSchema, rate)]),
  );
}
