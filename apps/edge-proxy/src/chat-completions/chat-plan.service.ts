import {
  mediaTokens,
  readChatRequest,
  type ChatRequest,
  type ChatSplices,
  type InputFactor,
  type RequestProblem,
} from '@apilink/dialects';
import { chooseEndpoints } from '@apilink/routing';
import { ApiError } from '@apilink/service';

import { planHold, type HoldPlan } from '../admission/hold-plan.domain.js';
import type { EndpointHealthService } from '../health-report/endpoint-health.service.js';
import type { StoreClock } from '../metering/store-clock.service.js';
import type { EndpointCredentials } from '../routing-table/endpoint-credentials.service.js';
import type { RoutedEndpoint, RoutedModel } from '../routing-table/routed-model.domain.js';
import type { RoutingTableService } from '../routing-table/routing-table.service.js';

export interface ChatPlanServices {
  readonly table: RoutingTableService;
  readonly health: EndpointHealthService;
  readonly credentials: EndpointCredentials;
  readonly inputFactor: InputFactor;
  readonly storeClock: StoreClock;
  readonly random: () => number;
}

/** What is known of a chat request before anybody is asked. */
export interface PlannedChat {
  readonly request: ChatRequest;
  readonly splices: ChatSplices;
  readonly model: RoutedModel;
  /** In the order to be tried. */
  readonly candidates: readonly RoutedEndpoint[];
  readonly plan: HoldPlan;
}

/** From the bytes of a chat request to who may answer it and what it needs to hold; synchronous, from memory alone. */
export class ChatPlanService {
  constructor(private readonly services: ChatPlanServices) {}

  /** Throws an ApiError for a request that cannot be served, whatever its account affords. */
  plan(body: Buffer): PlannedChat {
    const { storeClock, inputFactor } = this.services;
    const reading = readChatRequest(body);
    if ('problem' in reading) throw errorOfProblem(reading.problem);
    const { request, splices } = reading;
    const model = this.#model(request.model);
    const candidates = this.#candidates(model, request);
    const { modelId } = model.published;
    const inputTokens =
      Math.ceil(request.estimatedTextTokens * inputFactor.factor(modelId)) + mediaTokens(request.media, modelId);
    const plan = planHold({
      cards: candidates.map(({ card }) => card),
      at: storeClock.read(),
      estimatedInputTokens: inputTokens,
      askedMaxTokens: request.maxTokens,
      modelMaxTokens: model.published.maxOutputTokens,
      choices: request.choices,
      needs: request.needs,
      serviceTier: request.serviceTier,
      asksHourOfCache: request.asksHourOfCache,
      asksModalities: request.asksModalities,
      asksWebSearch: request.asksWebSearch,
    });
    return { request, splices, model, candidates, plan };
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
      // Without pictures and files: those are estimated at their dearest, and must not refuse what may fit.
      contextTokens: request.estimatedTextTokens,
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
        detail: String(request.estimatedTextTokens),
        limit: String(model.published.contextLength),
      });
    }
    if (codes.has('missing_capability')) {
      const detail = `the model does not support ${request.needs.join(', ')}`;
      throw new ApiError('unsupported_parameter', { param: 'messages', detail });
    }
    if (codes.size === 1 && codes.has('dialect_unsupported')) {
      const offered = [...new Set(model.endpoints.flatMap(({ dialects }) => dialects))].join(', ');
      const detail = `"${model.published.modelId}" is offered over ${offered}, not over chat completions`;
      throw new ApiError('model_dialect_unsupported', { param: 'model', detail });
    }
    throw new ApiError('server_is_overloaded', { detail: 'none is available' });
  }
}

function errorOfProblem({ code, param, detail, limit }: RequestProblem): ApiError {
  return new ApiError(code, {
    ...(param === null ? {} : { param }),
    ...(limit === null ? {} : { limit }),
    detail,
  });
}
