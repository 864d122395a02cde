import { Module, type DynamicModule } from '@nestjs/common';

import { ChatCompletionController } from './chat-completion/chat-completion.controller.js';
import { ChatCompletionService } from './chat-completion/chat-completion.service.js';
import { CLOCK, SETTINGS, type Clock, type Settings } from './demo-provider.config.js';
import { InspectionController } from './inspection/inspection.controller.js';
import { InspectionService } from './inspection/inspection.service.js';
import { ModelController } from './model/model.controller.js';

@Module({})
export class DemoProviderModule {
  static forRoot(settings: Settings, clock: Clock): DynamicModule {
    return {
      module: DemoProviderModule,
      controllers: [ChatCompletionController, ModelController, InspectionController],
      providers: [
        ChatCompletionService,
        InspectionService,
        { provide: SETTINGS, useValue: settings },
        { provide: CLOCK, useValue: clock },
      ],
    };
  }
}
