import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { billingApi } from '@apilink/contracts';
import { z } from 'zod';

import { OperatorSessionService } from './operator-session.service.js';

@Controller('api/billing/v1/operator-sessions')
export class OperatorSessionController {
  constructor(@Inject(OperatorSessionService) private readonly sessions: OperatorSessionService) {}

  @Post()
  @HttpCode(201)
  async open(
    @Body({ schema: billingApi.operatorSessionRequestSchema })
    body: z.output<typeof billingApi.operatorSessionRequestSchema>,
  ): Promise<z.input<typeof billingApi.operatorSessionReplySchema>> {
    return z.encode(billingApi.operatorSessionReplySchema, await this.sessions.open(body.operatorToken));
  }
}
