import { Module, type DynamicModule } from '@nestjs/common';

import { ComponentService } from './component/component.service.js';
import { PageController } from './page/page.controller.js';
import { STATUS_PAGE, type StatusPage } from './status.config.js';
import { SummaryController } from './summary/summary.controller.js';

export interface StatusParts {
  readonly components: ComponentService;
  readonly page: StatusPage;
}

@Module({})
export class StatusModule {
  static forRoot({ components, page }: StatusParts): DynamicModule {
    return {
      module: StatusModule,
      controllers: [SummaryController, PageController],
      providers: [
        { provide: ComponentService, useValue: components },
        { provide: STATUS_PAGE, useValue: page },
      ],
    };
  }
}
