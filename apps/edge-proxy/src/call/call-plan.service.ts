import {
  mediaTokens,
  type Call,
  type CallFacts,
  type CallReading,
  type InputFactor,
  type RequestProblem,
} from '@apilink/dialects';
import { chooseEndpoints, type Choice } from '@apilink/routing';
import { ApiError } from '@apilink/service';

import { planHold, type HoldPlan } from '../admission/hold-plan.domain.js';
import type { EndpointHealthService } from '../health-report/endpoint-health.service.js';
import type { StoreClock } from '../metering/store-clock.service.js';
import type { EndpointCredentials } from '../routing-table/endpoint-credentials.service.js';
import type { RoutedEndpoint, RoutedModel } from '../routing-table/routed-model.domain.js';
import type { RoutingTableService } from '../routing-table/routing-table.service.js';
import { carriedDialects, type CarriedDialects } from './carried-dialect.domain.js';
import { checkOrder, wishedModel, wishRefusal, type WishedModel } from './routing-wish.service.js';

export interface CallPlanServices {
  readonly table: RoutingTableService;
  readonly health: EndpointHealthService;
  readonly credentials: EndpointCredentials;
  readonly inputFactor: InputFactor;
  readonly storeClock: StoreClock;
  readonly random: () => number;
}

/** What is known of a call before anybody is asked. */
export interface PlannedCall {
  readonly call: Call;
  readonly model: RoutedModel;
  /** In the order to be tried. */
  readonly candidates: readonly RoutedEndpoint[];
  /** In what each of them is spoken to. */
  readonly dialects: CarriedDialects;
  readonly plan: HoldPlan;
}

/** From a call that was read to who may answer it and what it needs to hold; synchronous, from memory alone. */
export class CallPlanService {
  constructor(private readonly services: CallPlanServices) {}

  /** Throws an ApiError for a request that cannot be served, whatever its account affords. */
  plan(reading: CallReading): PlannedCall {
    const { storeClock, inputFactor } = this.services;
    if ('problem' in reading) throw errorOfProblem(reading.problem);
    const { call } = reading;
    const { facts } = call;
    const wished = this.#model(facts);
    const { model } = wished;
    const dialects = carriedDialects(call, model.endpoints);
    const candidates = this.#candidates(wished, facts, dialects);
    const { modelId } = model.published;
    const inputTokens =
      Math.ceil(facts.estimatedTextTokens * inputFactor.factor(modelId)) + mediaTokens(facts.media, modelId);
    const plan = planHold({
      cards: candidates.map(({ card }) => card),
      at: storeClock.read(),
      estimatedInputTokens: inputTokens,
      askedMaxTokens: facts.maxTokens,
      modelMaxTokens: model.published.maxOutputTokens,
      choices: facts.choices,
      needs: facts.needs,
      serviceTier: facts.serviceTier,
      asksHourOfCache: facts.asksHourOfCache,
      asksModalities: facts.asksModalities,
      asksWebSearch: facts.asksWebSearch,
      units: facts.units,
    });
    return { call, model, candidates, dialects, plan };
  }

  #model(facts: CallFacts): WishedModel {
    const { table } = this.services;
    table.mustBeRead();
    const wished = wishedModel(facts, (name) => table.find(name));
    if (wished === null) throw new ApiError('model_not_found', { param: 'model', detail: facts.model.slice(0, 200) });
    const { published } = wished.model;
    if (published.unpriced) throw new ApiError('model_unpriced', { param: 'model', detail: published.modelId });
    checkOrder(wished);
    return wished;
  }

  #candidates({ model, wishes }: WishedModel, facts: CallFacts, dialects: CarriedDialects): readonly RoutedEndpoint[] {
    const { health, credentials, random } = this.services;
    const choice = chooseEndpoints({
      endpoints: model.endpoints,
      dialects: dialects.carried,
      needs: facts.needs,
      // Without pictures and files: those are estimated at their dearest, and must not refuse what may fit.
      contextTokens: contextTokensOf(facts),
      healthOf: (endpointId) => health.circuitOf(endpointId),
      failureShareOf: (endpointId) => health.failureShareOf(endpointId),
      hasCredential: (endpointId) => {
        const endpoint = model.endpoints.find((one) => one.endpointId === endpointId);
        return endpoint !== undefined && credentials.canCall(endpoint);
      },
      wishes,
      paceOf: (endpointId) => health.paceOf(endpointId),
      random,
    });
    if (choice.candidates.length > 0) return choice.candidates;
    throw wishRefusal(choice.excluded, wishes) ?? refusalOf(choice, { model, facts, dialects });
  }
}

interface RefusedCall {
  readonly model: RoutedModel;
  readonly facts: CallFacts;
  readonly dialects: CarriedDialects;
}

/** Of many inputs each is read alone. */
function contextTokensOf({ units, estimatedTextTokens }: CallFacts): number {
  return units === null ? estimatedTextTokens : units.contextTokens;
}

/** Why no endpoint is left, in the client's terms. */
function refusalOf(choice: Choice<RoutedEndpoint>, { model, facts, dialects }: RefusedCall): ApiError {
  const codes = new Set(choice.excluded.map(({ code }) => code));
  if (codes.has('context_too_long')) {
    return new ApiError('context_length_exceeded', {
      param: facts.units === null ? 'messages' : 'input',
      detail: String(contextTokensOf(facts)),
      limit: String(model.published.contextLength),
    });
  }
  if (codes.has('missing_capability')) {
    const detail = `the model does not support ${facts.needs.join(', ')}`;
    return new ApiError('unsupported_parameter', { param: 'messages', detail });
  }
  if (codes.has('dialect_unsupported')) {
    if (dialects.problem !== null) return errorOfProblem(dialects.problem);
    if (codes.size === 1) {
      const offered = [...new Set(model.endpoints.flatMap((endpoint) => endpoint.dialects))].join(', ');
      const detail = `"${model.published.modelId}" is offered over ${offered}, which this call cannot be said in`;
      return new ApiError('model_dialect_unsupported', { param: 'model', detail });
    }
  }
  return new ApiError('server_is_overloaded', { detail: 'none is available' });
}

export function errorOfProblem({ code, param, detail, limit }: RequestProblem): ApiError {
  return new ApiError(code, {
    ...(param === null ? {} : { param }),
    ...(limit === null ? {} : { limit }),
    detail,
  });
}
