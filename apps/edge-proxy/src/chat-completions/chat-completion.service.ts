import { encodeWireId } from '@apilink/contracts';
import { parseTraceparent, type TraceContext } from '@apilink/service';

import { AdmissionRefused, type AdmissionService, type Grant } from '../admission/admission.service.js';
import type { KeyIdentity } from '../admission/authentication.service.js';
import type { HoldReleaseService } from '../admission/hold-release.service.js';
import { outputOfGrant } from '../admission/hold-plan.domain.js';
import type { Exchange } from '../hot-lane/exchange.entity.js';
import type { IdSource } from '../hot-lane/wire-id.domain.js';
import { OpenHold } from '../metering/open-hold.entity.js';
import { appOf } from '../metering/usage-event.factory.js';
import { Generation } from '../relay/generation.entity.js';
import type { ChatPlanService, PlannedChat } from './chat-plan.service.js';

export interface ChatCompletionServices {
  readonly plans: ChatPlanService;
  readonly admission: AdmissionService;
  readonly releases: HoldReleaseService;
  readonly ids: IdSource;
}

/** From the bytes of a chat request to an admitted generation; everything before the gate is synchronous. */
export class ChatCompletionService {
  constructor(private readonly services: ChatCompletionServices) {}

  /** Rejects with an ApiError; nothing is held then. */
  async admit(exchange: Exchange, identity: KeyIdentity, body: Buffer): Promise<Generation> {
    const { plans, admission, releases } = this.services;
    const planned = plans.plan(body);
    const { modelId } = planned.model.published;
    const { plan, request } = planned;
    const { id, wire } = this.services.ids.generation();
    const grant = await admission.admit({ identity, holdId: id, plan, choices: request.choices });
    exchange.figures = grant.left;
    if (grant.models !== null && !grant.models.includes(modelId)) {
      await releases.release(identity.accountId, id);
      const figures = await admission.figures(identity);
      throw new AdmissionRefused(['model_not_allowed', { param: 'model', detail: request.model }], figures);
    }
    try {
      return generationOf(exchange, { identity, body, planned, grant, id, wire });
    } catch (error) {
      void releases.release(identity.accountId, id);
      throw error;
    }
  }
}

interface GenerationParts {
  readonly identity: KeyIdentity;
  readonly body: Buffer;
  readonly planned: PlannedChat;
  readonly grant: Grant;
  readonly id: OpenHold['holdId'];
  readonly wire: string;
}

function generationOf(exchange: Exchange, parts: GenerationParts): Generation {
  const { identity, grant, planned, id } = parts;
  const { plan } = planned;
  const hold = new OpenHold(
    {
      accountId: identity.accountId,
      workspaceId: grant.workspaceId,
      keyId: identity.keyId,
      holdId: id,
      amountNanoUsd: grant.grantedNanoUsd,
      periods: grant.periods,
      openedAt: grant.admittedAt,
    },
    grant.epoch,
  );
  return new Generation({
    requestId: exchange.requestId,
    wire: parts.wire,
    workspace: workspaceWire(identity, grant),
    identity,
    modelId: planned.model.published.modelId,
    body: parts.body,
    request: planned.request,
    splices: planned.splices,
    candidates: planned.candidates,
    plan,
    hold,
    output: outputOfGrant(plan, grant.grantedNanoUsd, grant.left),
    figures: grant.left,
    app: appOf(exchange.request.headers),
    caller: callerOf(exchange),
    bodyReadAt: exchange.bodyReadAt,
  });
}

/** Written once per key, not once per request: the codec costs more than the rest of this function. */
function workspaceWire(identity: KeyIdentity, grant: Grant): string {
  if (grant.workspaceId === identity.workspaceId) return identity.wire.workspace;
  return encodeWireId('ws', grant.workspaceId);
}

function callerOf({ request }: Exchange): TraceContext | null {
  const { traceparent } = request.headers;
  return typeof traceparent === 'string' ? parseTraceparent(traceparent) : null;
}
