import { encodeWireId } from '@apilink/contracts';
import { parseTraceparent, type TraceContext } from '@apilink/service';

import { AdmissionRefused, type AdmissionService, type Grant } from '../admission/admission.service.js';
import { modelRefusal } from '../admission/refusal.errors.js';
import type { KeyIdentity } from '../admission/authentication.service.js';
import type { HoldReleaseService } from '../admission/hold-release.service.js';
import { outputOfGrant } from '../admission/hold-plan.domain.js';
import type { Exchange } from '../hot-lane/exchange.entity.js';
import type { IdSource } from '../hot-lane/wire-id.domain.js';
import { OpenHold } from '../metering/open-hold.entity.js';
import { appOf } from '../metering/usage-event.factory.js';
import { Generation } from '../relay/generation.entity.js';
import type { CallPlanService, PlannedCall } from './call-plan.service.js';
import type { CallRoute } from './call-route.domain.js';

export interface CallAdmissionServices {
  readonly plans: CallPlanService;
  readonly admission: AdmissionService;
  readonly releases: HoldReleaseService;
  readonly ids: IdSource;
  readonly random: () => number;
}

/** From the bytes of a call to an admitted generation; everything before the gate is synchronous. */
export class CallAdmissionService {
  constructor(private readonly services: CallAdmissionServices) {}

  /** Rejects with an ApiError; nothing is held then. */
  async admit(exchange: Exchange, route: CallRoute, identity: KeyIdentity, body: Buffer): Promise<Generation> {
    const { plans, admission, releases, random } = this.services;
    const { headers } = exchange.request;
    const query = queryOf(exchange.request.url ?? '');
    const replayedResponseId = exchange.kept?.previousResponseId ?? null;
    const planned = plans.plan(route.read({ body, headers, path: exchange.path, query, random, replayedResponseId }));
    const { modelId } = planned.model.published;
    const { plan, call } = planned;
    const { facts } = call;
    const { id, wire } = this.services.ids.generation();
    const grant = await admission.admit({ identity, holdId: id, plan, choices: facts.choices });
    exchange.figures = grant.left;
    if (grant.models !== null && !grant.models.includes(modelId)) {
      await releases.release(identity.accountId, id);
      const figures = await admission.figures(identity);
      throw new AdmissionRefused(modelRefusal(grant.models, facts.model), figures);
    }
    try {
      return generationOf(exchange, { route, identity, planned, grant, id, wire });
    } catch (error) {
      void releases.release(identity.accountId, id);
      throw error;
    }
  }
}

interface GenerationParts {
  readonly route: CallRoute;
  readonly identity: KeyIdentity;
  readonly planned: PlannedCall;
  readonly grant: Grant;
  readonly id: OpenHold['holdId'];
  readonly wire: string;
}

function generationOf(exchange: Exchange, parts: GenerationParts): Generation {
  const { identity, grant, planned, id } = parts;
  const { plan } = planned;
  const { skin } = exchange;
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
  const generation = new Generation({
    requestId: exchange.requestId,
    wire: parts.wire,
    workspace: workspaceWire(identity, grant),
    identity,
    modelId: planned.model.published.modelId,
    route: parts.route,
    skin,
    call: planned.call,
    face: {
      model: planned.model.published.modelId,
      skin: skin.startsWith('openrouter') ? 'openrouter' : 'own',
      standIn: { id: parts.wire, createdSeconds: Math.floor(grant.admittedAt / 1000) },
    },
    candidates: planned.candidates,
    dialects: planned.dialects,
    plan,
    hold,
    output: outputOfGrant(plan, grant.grantedNanoUsd, grant.left),
    figures: grant.left,
    app: appOf(exchange.request.headers),
    caller: callerOf(exchange),
    bodyReadAt: exchange.bodyReadAt,
  });
  generation.kept = exchange.kept;
  return generation;
}

function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
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
