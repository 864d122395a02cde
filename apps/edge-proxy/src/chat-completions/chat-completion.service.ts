import { encodeWireId } from '@apilink/contracts';
import {
  readChatRequest,
  type ChatRequest,
  type ChatSplices,
  type InputFactor,
  type RequestProblem,
} from '@apilink/dialects';
import { chooseEndpoints } from '@apilink/routing';
import { ApiError, parseTraceparent, type TraceContext } from '@apilink/service';

import { AdmissionRefused, type AdmissionService, type Grant } from '../admission/admission.service.js';
import type { KeyIdentity } from '../admission/authentication.service.js';
import type { HoldReleaseService } from '../admission/hold-release.service.js';
import { outputOfGrant, planHold, type HoldPlan } from '../admission/hold-plan.domain.js';
import type { EndpointHealthService } from '../health-report/endpoint-health.service.js';
import type { Exchange } from '../hot-lane/exchange.entity.js';
import type { IdSource } from '../hot-lane/wire-id.domain.js';
import { OpenHold } from '../metering/open-hold.entity.js';
import type { StoreClock } from '../metering/store-clock.service.js';
import { appOf } from '../metering/usage-event.factory.js';
import { Generation } from '../relay/generation.entity.js';
import type { EndpointCredentials } from '../routing-table/endpoint-credentials.service.js';
import type { RoutedEndpoint, RoutedModel } from '../routing-table/routed-model.domain.js';
import type { RoutingTableService } from '../routing-table/routing-table.service.js';

export interface ChatCompletionServices {
  readonly table: RoutingTableService;
  readonly health: EndpointHealthService;
  readonly credentials: EndpointCredentials;
  readonly admission: AdmissionService;
  readonly releases: HoldReleaseService;
  readonly inputFactor: InputFactor;
  readonly ids: IdSource;
  readonly storeClock: StoreClock;
  readonly random: () => number;
}

interface Peeked {
  readonly request: ChatRequest;
  readonly splices: ChatSplices;
}

/** From the bytes of a chat request to an admitted generation; everything before the gate is synchronous. */
export class ChatCompletionService {
  constructor(private readonly services: ChatCompletionServices) {}

  /** Rejects with an ApiError; nothing is held then. */
  async admit(exchange: Exchange, identity: KeyIdentity, body: Buffer): Promise<Generation> {
    const { storeClock, inputFactor, admission, releases } = this.services;
    const peeked = peek(body);
    const model = this.#model(peeked.request.model);
    const { modelId } = model.published;
    const estimated = peeked.request.estimatedInputTokens;
    const candidates = this.#candidates(model, peeked.request);
    const plan = planHold({
      cards: candidates.map(({ card }) => card),
      at: storeClock.read(),
      estimatedInputTokens: Math.ceil(estimated * inputFactor.factor(modelId)),
      askedMaxTokens: peeked.request.maxTokens,
      modelMaxTokens: model.published.maxOutputTokens,
      choices: peeked.request.choices,
      needs: peeked.request.needs,
      serviceTier: peeked.request.serviceTier,
      body,
    });
    const { id, wire } = this.services.ids.generation();
    const grant = await admission.admit({ identity, holdId: id, plan, choices: peeked.request.choices });
    exchange.figures = grant.left;
    if (grant.models !== null && !grant.models.includes(modelId)) {
      await releases.release(identity.accountId, id);
      const figures = await admission.figures(identity);
      throw new AdmissionRefused(['model_not_allowed', { param: 'model', detail: peeked.request.model }], figures);
    }
    try {
      return generationOf(exchange, { identity, body, peeked, model, candidates, plan, grant, id, wire });
    } catch (error) {
      void releases.release(identity.accountId, id);
      throw error;
    }
  }

  #model(name: string): RoutedModel {
    const { table } = this.services;
    table.mustBeRead();
    const model = table.find(name);
    if (model === null) throw new ApiError('model_not_found', { param: 'model', detail: name.slice(0, 200) });
    if (model.published.unpriced) {
      throw new ApiError('model_unpriced', { param: 'model', detail: model.published.modelId });
    }
    return model;
  }

  #candidates(model: RoutedModel, request: ChatRequest): readonly RoutedEndpoint[] {
    const { health, credentials, random } = this.services;
    const choice = chooseEndpoints({
      endpoints: model.endpoints,
      dialect: 'chat',
      needs: request.needs,
      contextTokens: request.estimatedInputTokens,
      healthOf: (endpointId) => health.circuitOf(endpointId),
      failureShareOf: (endpointId) => health.failureShareOf(endpointId),
      hasCredential: (endpointId) => {
        const endpoint = model.endpoints.find((one) => one.endpointId === endpointId);
        return endpoint !== undefined && credentials.canCall(endpoint);
      },
      random,
    });
    if (choice.candidates.length > 0) return choice.candidates;
    const codes = new Set(choice.excluded.map(({ code }) => code));
    if (codes.has('context_too_long')) {
      throw new ApiError('context_length_exceeded', {
        param: 'messages',
        detail: String(request.estimatedInputTokens),
        limit: String(model.published.contextLength),
      });
    }
    if (codes.has('missing_capability')) {
      const detail = `the model does not support ${request.needs.join(', ')}`;
      throw new ApiError('unsupported_parameter', { param: 'messages', detail });
    }
    throw new ApiError('server_is_overloaded', { detail: 'none is available' });
  }
}

interface GenerationParts {
  readonly identity: KeyIdentity;
  readonly body: Buffer;
  readonly peeked: Peeked;
  readonly model: RoutedModel;
  readonly candidates: readonly RoutedEndpoint[];
  readonly plan: HoldPlan;
  readonly grant: Grant;
  readonly id: OpenHold['holdId'];
  readonly wire: string;
}

function generationOf(exchange: Exchange, parts: GenerationParts): Generation {
  const { identity, grant, plan, id } = parts;
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
    modelId: parts.model.published.modelId,
    body: parts.body,
    request: parts.peeked.request,
    splices: parts.peeked.splices,
    candidates: parts.candidates,
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

function peek(body: Buffer): Peeked {
  const reading = readChatRequest(body);
  if ('problem' in reading) throw errorOfProblem(reading.problem);
  return reading;
}

function errorOfProblem({ code, param, detail, limit }: RequestProblem): ApiError {
  return new ApiError(code, {
    ...(param === null ? {} : { param }),
    ...(limit === null ? {} : { limit }),
    detail,
  });
}
