import { AccessTokenVerifier, IdentityModule, ServiceTokens } from '@apilink/service';
import { Module, type DynamicModule } from '@nestjs/common';

import { CatalogService } from './catalog/catalog.service.js';
import { ConfigurationController } from './catalog/configuration.controller.js';
import { ModelController } from './catalog/model.controller.js';
import { HealthConsumer } from './health/health.consumer.js';
import { HealthService } from './health/health.service.js';

export interface RouterParts {
  readonly catalog: CatalogService;
  readonly health: HealthService;
  readonly verifier: AccessTokenVerifier;
}

@Module({})
export class RouterModule {
  static forRoot({ catalog, health, verifier }: RouterParts): DynamicModule {
    return {
      module: RouterModule,
      imports: [IdentityModule.forRoot({ verifier, serviceTokens: new ServiceTokens([]) })],
      controllers: [ModelController, ConfigurationController, HealthConsumer],
      providers: [
        { provide: CatalogService, useValue: catalog },
        { provide: HealthService, useValue: health },
      ],
    };
  }
}
