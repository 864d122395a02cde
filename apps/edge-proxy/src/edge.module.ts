import { Module, type DynamicModule } from '@nestjs/common';

import { GenerationController } from './generation/generation.controller.js';
import { GenerationService } from './generation/generation.service.js';
import { ReceiptKeysController } from './generation/receipt-keys.controller.js';
import { ReceiptKeysService } from './generation/receipt-keys.service.js';
import { HelloController } from './hello/hello.controller.js';
import { HotLane } from './hot-lane/hot-lane.service.js';
import { KeyAccessService } from './key/key-access.service.js';
import { KeyController } from './key/key.controller.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { OpenApiService } from './openapi/openapi.service.js';
import { ManagedKeysController } from './managed-key/managed-keys.controller.js';
import { ManagedKeysService } from './managed-key/managed-keys.service.js';
import { GeminiModelsController } from './models/gemini-models.controller.js';
import { ModelListService } from './models/model-list.service.js';
import { ModelsController } from './models/models.controller.js';
import type { ResponseStore } from './responses/response-store.service.js';
import { RESPONSE_STORE, ResponsesController } from './responses/responses.controller.js';

/** What Nest hands out; all of it is a singleton, nothing request-scoped is reachable from the hot lane. */
export interface EdgeParts {
  readonly hotLane: HotLane;
  readonly keyAccess: KeyAccessService;
  readonly models: ModelListService;
  readonly managedKeys: ManagedKeysService;
  readonly generations: GenerationService;
  readonly receiptKeys: ReceiptKeysService;
  /** Null where nothing is kept. */
  readonly responses: ResponseStore | null;
}

/** Every route of the edge but the hot lane's. */
export const edgeControllers = [
  KeyController,
  ModelsController,
  GeminiModelsController,
  ManagedKeysController,
  GenerationController,
  ReceiptKeysController,
  ResponsesController,
  OpenApiController,
  HelloController,
];

@Module({})
export class EdgeModule {
  static forRoot(parts: EdgeParts): DynamicModule {
    return {
      module: EdgeModule,
      controllers: edgeControllers,
      providers: [
        { provide: HotLane, useValue: parts.hotLane },
        { provide: KeyAccessService, useValue: parts.keyAccess },
        { provide: ModelListService, useValue: parts.models },
        { provide: OpenApiService, useValue: new OpenApiService() },
        { provide: ManagedKeysService, useValue: parts.managedKeys },
        { provide: GenerationService, useValue: parts.generations },
        { provide: ReceiptKeysService, useValue: parts.receiptKeys },
        { provide: RESPONSE_STORE, useValue: parts.responses },
      ],
    };
  }
}
