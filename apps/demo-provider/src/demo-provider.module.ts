import { Module, type DynamicModule } from '@nestjs/common';

import { ChatCompletionController } from './chat-completion/chat-completion.controller.js';
import { ContentGenerationController } from './content-generation/content-generation.controller.js';
import { CLOCK, SETTINGS, type Clock, type Settings } from './demo-provider.config.js';
import { EmbeddingController } from './embedding/embedding.controller.js';
import { ImageController } from './image/image.controller.js';
import { InspectionController } from './inspection/inspection.controller.js';
import { InspectionService } from './inspection/inspection.service.js';
import { MessageController } from './message/message.controller.js';
import { ModelController } from './model/model.controller.js';
import { RerankController } from './rerank/rerank.controller.js';
import { ResponseController } from './response/response.controller.js';
import { SpeechController } from './speech/speech.controller.js';
import { TranscriptionController } from './transcription/transcription.controller.js';
import { TurnService } from './turn/turn.service.js';
import { WorkService } from './work/work.service.js';

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
        EmbeddingController,
        ImageController,
        SpeechController,
        TranscriptionController,
        RerankController,
        ModelController,
        InspectionController,
      ],
      providers: [
        TurnService,
        WorkService,
        InspectionService,
        { provide: SETTINGS, useValue: settings },
        { provide: CLOCK, useValue: clock },
      ],
    };
  }
}
