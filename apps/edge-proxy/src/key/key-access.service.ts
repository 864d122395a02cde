import { header } from '@apilink/contracts';
import type { ReadReply } from '@apilink/holds';
import { ApiError } from '@apilink/service';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { AdmissionService } from '../admission/admission.service.js';
import type { AuthenticationService, KeyIdentity } from '../admission/authentication.service.js';
import { codeOfBlock } from '../admission/refusal.errors.js';
import { answerHeaders } from '../hot-lane/response-header.factory.js';

export interface KeyAccess {
  readonly identity: KeyIdentity;
  readonly reading: Extract<ReadReply, { outcome: 'read' }>;
}

/** Authenticates a controller's request with one read of the gate, and writes the figures into its headers. */
export class KeyAccessService {
  constructor(
    private readonly authentication: AuthenticationService,
    private readonly admission: AdmissionService,
  ) {}

  /** Rejects with an ApiError when the key is unknown, or it, its workspace or its account is blocked. */
  async enter(request: FastifyRequest, reply: FastifyReply): Promise<KeyAccess> {
    const { headers, ip } = request;
    const identity = await this.authentication.authenticate({ headers, address: ip });
    const reading = await this.admission.read(identity);
    const figures = answerHeaders({ requestId: request.id, figures: reading.left, admission: null });
    for (let index = 0; index < figures.length; index += 2) {
      const name = figures[index];
      // The application itself tells the request's id.
      if (name !== undefined && name !== header.requestId && name !== header.requestIdAlias) {
        reply.header(name, figures[index + 1]);
      }
    }
    if (reading.blocked !== null) throw new ApiError(codeOfBlock[reading.blocked]);
    return { identity, reading };
  }
}
