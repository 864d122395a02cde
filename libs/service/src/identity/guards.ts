import {
  createParamDecorator,
  Inject,
  Injectable,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';

import { ApiError } from '../error-filter/api-error.js';
import { AccessTokenVerifier, type AccessClaims, type Role } from './access-token.js';
import { bearerToken } from './bearer.js';
import { ServiceTokens } from './service-tokens.js';

const ROLES = 'apilink:roles';
const actors = new WeakMap<object, AccessClaims>();

/** The roles that a controller or a method asks for (one of them suffices); without it any valid token does. */
export const Roles = (...roles: readonly Role[]): ClassDecorator & MethodDecorator => SetMetadata(ROLES, roles);

/** The person behind the request, as JwtGuard found them. */
export const Actor = createParamDecorator((_data: unknown, context: ExecutionContext): AccessClaims => {
  const actor = actors.get(requestOf(context));
  if (!actor) throw new Error('Actor is used on a method that JwtGuard does not guard.');
  return actor;
});

/** Lets in who shows an access token of billing with one of the roles asked for. */
@Injectable()
export class JwtGuard implements CanActivate {
  constructor(
    @Inject(AccessTokenVerifier) private readonly verifier: AccessTokenVerifier,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    const token = bearerToken(request.headers.authorization);
    if (token === null) throw new ApiError('invalid_access_token', { detail: 'none was sent' });
    const actor = await this.verifier.verify(token);
    const wanted = this.reflector.getAllAndOverride<readonly Role[] | undefined>(ROLES, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (wanted && !wanted.some((role) => actor.roles.includes(role)))
      throw new ApiError('role_missing', { detail: wanted.join(' or ') });
    actors.set(request, actor);
    return true;
  }
}

/** Lets in other services, by their token. */
@Injectable()
export class ServiceTokenGuard implements CanActivate {
  constructor(@Inject(ServiceTokens) private readonly tokens: ServiceTokens) {}

  canActivate(context: ExecutionContext): boolean {
    const token = bearerToken(requestOf(context).headers.authorization);
    if (token === null || !this.tokens.accepts(token))
      throw new ApiError('invalid_access_token', { detail: 'a service token is needed here' });
    return true;
  }
}

function requestOf(context: ExecutionContext): FastifyRequest {
  return context.switchToHttp().getRequest<FastifyRequest>();
}
