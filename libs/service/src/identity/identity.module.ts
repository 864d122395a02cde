import { Module, type DynamicModule } from '@nestjs/common';

import { AccessTokenVerifier } from './access-token.js';
import { ServiceTokens } from './service-tokens.js';

/** Gives JwtGuard and ServiceTokenGuard what they check with, in every module of an application. */
@Module({})
export class IdentityModule {
  static forRoot(options: {
    readonly verifier: AccessTokenVerifier;
    readonly serviceTokens: ServiceTokens;
  }): DynamicModule {
    return {
      module: IdentityModule,
      global: true,
      providers: [
        { provide: AccessTokenVerifier, useValue: options.verifier },
        { provide: ServiceTokens, useValue: options.serviceTokens },
      ],
      exports: [AccessTokenVerifier, ServiceTokens],
    };
  }
}
