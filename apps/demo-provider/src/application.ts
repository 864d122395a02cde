import {
  createServiceApp,
  readEnvironment,
  type Environment,
  type Logger,
  type ServiceApplication,
} from '@apilink/service';

import { TurnService } from './turn/turn.service.js';
import { WorkService } from './work/work.service.js';
import { demoProviderEnvironmentSchema, type Clock } from './demo-provider.config.js';
import { DemoProviderModule } from './demo-provider.module.js';

export interface DemoProviderOptions {
  readonly env: Environment;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** The edge takes bodies of 32 MiB; this is a little more, so that the edge's limit is the one that is met. */
const BODY_BYTES_MAX = 40 * 1024 * 1024;

/** A provider that runs offline: an OpenAI-compatible API whose answers and faults follow from the model's name. */
export function createDemoProviderApplication(options: DemoProviderOptions): Promise<ServiceApplication> {
  const env = readEnvironment(demoProviderEnvironmentSchema, options.env);
  return createServiceApp({
    name: 'demo-provider',
    module: DemoProviderModule.forRoot({ tokensPerSecond: env.DEMO_TOKENS_PER_SECOND }, options.clock ?? Date.now),
    logger: options.logger,
    bodyBytesMax: BODY_BYTES_MAX,
    rawBodyPaths: ['/v1/images/edits', '/v1/audio/transcriptions'],
    drain: (context) => {
      context.get(TurnService).cutHanging();
      context.get(WorkService).cutHanging();
      return Promise.resolve();
    },
  });
}
