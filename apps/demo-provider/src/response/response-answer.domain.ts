import {
  closing,
  opening,
  SSE,
  token,
  TOLD_TO_FAIL,
  type ProviderError,
  type Speech,
  type StreamPiece,
  type TurnDialect,
} from '../turn/turn-dialect.domain.js';
import { digest, type PlannedUsage, type TurnPlan } from '../turn/turn-plan.domain.js';
import { itemEvents } from './item-events.domain.js';
import { wholeItem, type OutputItem, type ResponseWishes } from './output-item.domain.js';

export const responseDialect: TurnDialect = {
  name: 'responses',
  errorBody: ({ message, code, param, status }: ProviderError) => ({
    error: { message, type: status < 500 && code !== null ? 'invalid_request_error' : 'server_error', param, code },
  }),
};

/** OpenAI's responses. */
export function responseSpeech(wishes: ResponseWishes): Speech {
  let sequence = 0;
  const numbered: Numbering = (data) =>
    `event: ${data.type}\ndata: ${JSON.stringify({ ...data, sequence_number: sequence++ })}\n\n`;
  const shown = (plan: TurnPlan): ResponseWishes => ({ ...wishes, summary: wishes.summary || plan.reasoningShown });
  return {
    contentType: SSE,
    pieces: (plan) => pieces(plan, shown(plan), numbered),
    whole: (plan) => resource(plan, wishes, outputOf(plan, shown(plan))),
    errorEvent: (plan) => {
      const failed = { ...resource(plan, wishes, []), status: 'failed', completed_at: null, usage: null };
      const error = { code: 'server_error', message: TOLD_TO_FAIL };
      return numbered({ type: 'response.failed', response: { ...failed, error } });
    },
    malformedEvent: 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":\n\n',
  };
}

/** An event with the next number of its stream. */
type Numbering = (data: { readonly type: string; readonly response?: object }) => string;

function* pieces(plan: TurnPlan, wishes: ResponseWishes, numbered: Numbering): Generator<StreamPiece, void> {
  const started = { ...resource(plan, wishes, []), status: 'in_progress', completed_at: null, usage: null };
  const response = { ...started, incomplete_details: null };
  yield opening(numbered({ type: 'response.created', response }));
  yield opening(numbered({ type: 'response.in_progress', response }));
  for (const [index, item] of itemsOf(plan).entries())
    for (const { data, isToken } of itemEvents(index, item, wishes))
      yield isToken ? token(numbered(data)) : opening(numbered(data));
  yield closing('');
  const finish = plan.choices[0]?.finish ?? null;
  if (finish === null) return;
  const type = finish === 'length' || finish === 'filtered' ? 'response.incomplete' : 'response.completed';
  yield closing(numbered({ type, response: resource(plan, wishes, outputOf(plan, wishes)) }));
}

function itemsOf(plan: TurnPlan): readonly OutputItem[] {
  const [choice] = plan.choices;
  const parts = choice?.parts ?? [];
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    const status = isLast && choice?.finish === 'length' ? 'incomplete' : 'completed';
    const letters = {
      reasoning: 'rs',
      text: 'msg',
      call: part.kind === 'call' && part.tool.kind === 'custom' ? 'ctc' : 'fc',
    };
    return { id: `${letters[part.kind]}_${digest(`${plan.id}#${index}`).slice(0, 24)}`, part, status };
  });
}

function outputOf(plan: TurnPlan, wishes: ResponseWishes): readonly object[] {
  return itemsOf(plan).map((item) => wholeItem(item, wishes));
}

/** The response with everything that its specification requires. */
function resource(plan: TurnPlan, { request }: ResponseWishes, output: readonly object[]): object {
  const said = (name: string, otherwise: unknown): unknown => request[name] ?? otherwise;
  const finish = plan.choices[0]?.finish ?? null;
  const reasons = { length: 'max_output_tokens', filtered: 'content_filter' };
  const incomplete = finish === 'length' || finish === 'filtered' ? { reason: reasons[finish] } : null;
  return {
    id: `resp_${plan.id}`,
    object: 'response',
    created_at: plan.created,
    status: incomplete !== null || finish === null ? 'incomplete' : 'completed',
    completed_at: incomplete === null ? plan.created : null,
    background: false,
    error: null,
    incomplete_details: incomplete,
    instructions: said('instructions', null),
    max_output_tokens: said('max_output_tokens', null),
    max_tool_calls: null,
    model: plan.model,
    output,
    parallel_tool_calls: said('parallel_tool_calls', true),
    previous_response_id: null,
    prompt_cache_key: said('prompt_cache_key', null),
    reasoning: said('reasoning', { effort: null, summary: null }),
    safety_identifier: said('safety_identifier', null),
    service_tier: 'default',
    store: said('store', true),
    temperature: said('temperature', 1),
    text: said('text', { format: { type: 'text' } }),
    tool_choice: said('tool_choice', 'auto'),
    tools: said('tools', []),
    top_logprobs: said('top_logprobs', 0),
    top_p: said('top_p', 1),
    presence_penalty: 0,
    frequency_penalty: 0,
    truncation: said('truncation', 'disabled'),
    usage: plan.usage === null ? null : usageOf(plan.usage),
    metadata: said('metadata', {}),
  };
}

function usageOf({ input, cached, cacheWrite, output, reasoning }: PlannedUsage): object {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached, ...(cacheWrite > 0 ? { cache_write_tokens: cacheWrite } : {}) },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}
