import { Controller, Get, Header, Inject } from '@nestjs/common';

import { OperatorSessionService } from './operator-session.service.js';

/** The public keys of access tokens, for every service that checks them. */
@Controller('.well-known/jwks.json')
export class JwksController {
  constructor(@Inject(OperatorSessionService) private readonly sessions: OperatorSessionService) {}

  @Get()
  @Header('cache-control', 'public, max-age=300')
  jwks(): ReturnType<OperatorSessionService['jwks']> {
    return this.sessions.jwks();
  }
}
