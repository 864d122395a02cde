import { Inject, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { accountIdSchema } from '@apilink/contracts';
import { HoldStoreUnavailable } from '@apilink/holds';
import { isTransientDatabaseError } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { catchError, from, mergeMap, throwError, type Observable } from 'rxjs';
import { z } from 'zod';

import type { GateTeller } from './gate-teller.service.js';

export const GATE_TELLER = Symbol('GATE_TELLER');
/** On the answer to a write that stands while the gate has not been told of it yet. */
export const GATE_HEADER = 'x-apilink-gate';

const requestSchema = z.object({ method: z.string(), params: z.record(z.string(), z.unknown()).optional() });
const namedSchema = z.object({ accountId: accountIdSchema });

interface Reply {
  header(name: string, value: string): unknown;
}

/**
 * What an answer tells of the stores behind it. A write that the gate does not know after its wait is answered as done,
 * with `x-apilink-gate: pending`: it stands, and the gate follows. A gate or database that is away is
 * `billing_unavailable`, never an internal error.
 */
export class GateAnswerInterceptor implements NestInterceptor {
  constructor(@Inject(GATE_TELLER) private readonly gateTeller: GateTeller) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { method, params } = requestSchema.parse(http.getRequest());
    const answers = next.handle().pipe(catchError((error: unknown) => throwError(() => availabilityOf(error))));
    if (method === 'GET') return answers;
    return answers.pipe(
      mergeMap((answer: unknown) => from(this.#tell(answer, params ?? {}, http.getResponse<Reply>()))),
    );
  }

  async #tell(answer: unknown, params: object, reply: Reply): Promise<unknown> {
    const named = namedSchema.safeParse(answer).data ?? namedSchema.safeParse(params).data;
    if (named !== undefined && (await this.gateTeller.isBehind(named.accountId))) reply.header(GATE_HEADER, 'pending');
    return answer;
  }
}

function availabilityOf(error: unknown): unknown {
  return error instanceof HoldStoreUnavailable || isTransientDatabaseError(error)
    ? new ApiError('billing_unavailable', {}, error)
    : error;
}
