import { Module, type DynamicModule } from '@nestjs/common';

import { ChatCompletionController } from './chat-completion/chat-completion.controller.js';
import { ContentGenerationController } from './content-generation/content-generation.controller.js';
import { CLOCK, SETTINGS, type Clock, type Settings } from './demo-provider.config.js';
import { InspectionController } from './inspection/inspection.controller.js';
import { InspectionService } from './inspection/inspection.service.js';
import { MessageController } from './message/message.controller.js';
import { ModelController } from './model/model.controller.js';
import { ResponseController } from './response/response.controller.js';
import { TurnService } from './turn/turn.service.js';

@Module({})
export class DemoProviderModule {
  static forRoot(settings: Settings, clock: Clock): DynamicModule {
    return {
      module: DemoProviderModule,
      controllers: [
        ChatCompletionController,
        ResponseController,
        MessageController,
        ContentGenerationController,
        ModelController,
        InspectionController,
      ],
      providers: [
        TurnService,
        InspectionService,
        { provide: SETTINGS, useValue: settings },
        { provide: CLOCK, useValue: clock },
      ],
    };
  }
}
