import { sealFor } from '../turn/seal.domain.js';
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
import { joined, type Finish, type PlannedPart, type PlannedUsage, type TurnPlan } from '../turn/turn-plan.domain.js';

interface MessageWishes {
  /** `omitted`: a thinking block with a signature and without text. */
  readonly thinking: 'none' | 'omitted' | 'shown';
}

const stopReasons: Readonly<Record<Exclude<Finish, null>, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  calls: 'tool_use',
  filtered: 'refusal',
};

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

export const messageDialect: TurnDialect = {
  name: 'messages',
  errorBody: ({ status, code, message }: ProviderError) => ({
    type: 'error',
    error: {
      type: errorTypes[status] ?? 'api_error',
      message: code === 'context_length_exceeded' ? 'prompt is too long: 12 tokens > 10 maximum' : message,
      // By this code Anthropic's SDK finds out that it has to send the whole conversation.
      ...(code === 'thread_unsupported_request' ? { details: { error_code: code, unsupported: [] } } : {}),
    },
    request_id: 'req_demo',
  }),
};

type Telling = { readonly type: string } & Readonly<Record<string, unknown>>;

const event = (data: Telling): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

/** Anthropic's messages, with the beta-free set of events. */
export function messageSpeech(wishes: MessageWishes): Speech {
  return {
    contentType: SSE,
    pieces: (plan) => pieces(plan, shownParts(plan, wishes), wishes),
    whole: (plan) => whole(plan, shownParts(plan, wishes), wishes),
    errorEvent: () =>
      `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'api_error', message: TOLD_TO_FAIL } })}\n\n`,
    malformedEvent: 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":\n\n',
  };
}

function shownParts(plan: TurnPlan, { thinking }: MessageWishes): readonly PlannedPart[] {
  const [choice] = plan.choices;
  const shows = thinking !== 'none' || plan.reasoningShown;
  return (choice?.parts ?? []).filter(({ kind }) => kind !== 'reasoning' || shows);
}

function* pieces(plan: TurnPlan, parts: readonly PlannedPart[], wishes: MessageWishes): Generator<StreamPiece, void> {
  const [choice] = plan.choices;
  const usage = plan.usage === null ? {} : { usage: { ...inputUsage(plan.usage), output_tokens: 1 } };
  const message = { ...frame(plan), content: [], stop_reason: null, stop_sequence: null, ...usage };
  yield opening(event({ type: 'message_start', message }));
  yield opening(event({ type: 'ping' }));
  for (const [index, part] of parts.entries()) {
    yield opening(event({ type: 'content_block_start', index, content_block: emptyBlock(part) }));
    for (const delta of deltasOf(part, wishes)) {
      const written = event({ type: 'content_block_delta', index, delta });
      yield delta.type === 'signature_delta' ? opening(written) : token(written);
    }
    yield opening(event({ type: 'content_block_stop', index }));
  }
  yield closing('');
  const finish = choice?.finish ?? null;
  if (finish !== null) {
    const delta = {
      stop_reason: stopReason(finish, choice?.stoppedBy ?? null),
      stop_sequence: choice?.stoppedBy ?? null,
    };
    const told = plan.usage === null ? {} : { usage: outputUsage(plan.usage) };
    yield closing(event({ type: 'message_delta', delta, ...told }));
  }
  if (plan.done) yield closing(event({ type: 'message_stop' }));
}

function* deltasOf(part: PlannedPart, { thinking }: MessageWishes): Generator<Telling, void> {
  switch (part.kind) {
    case 'reasoning':
      if (thinking !== 'omitted') for (const text of part.tokens()) yield { type: 'thinking_delta', thinking: text };
      yield { type: 'signature_delta', signature: sealFor('messages', joined(part)) };
      return;
    case 'text':
      for (const text of part.tokens()) yield { type: 'text_delta', text };
      return;
    case 'call':
      for (const text of part.tokens()) yield { type: 'input_json_delta', partial_json: text };
  }
}

function emptyBlock(part: PlannedPart): object {
  if (part.kind === 'call') return { type: 'tool_use', id: `toolu_${part.id}`, name: part.tool.name, input: {} };
  return part.kind === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' };
}

function wholeBlock(part: PlannedPart, { thinking }: MessageWishes): object {
  const text = joined(part);
  if (part.kind === 'call') return { ...emptyBlock(part), input: inputOf(text) };
  if (part.kind === 'text') return { type: 'text', text, citations: null };
  return { type: 'thinking', thinking: thinking === 'omitted' ? '' : text, signature: sealFor('messages', text) };
}

/** The call's arguments as an object; what was cut off by the output limit is lost, as it is at the vendor. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function frame(plan: TurnPlan): object {
  return { id: `msg_${plan.id}`, type: 'message', role: 'assistant', model: plan.model };
}

function stopReason(finish: Exclude<Finish, null>, stoppedBy: string | null): string {
  return finish === 'stop' && stoppedBy !== null ? 'stop_sequence' : stopReasons[finish];
}

function whole(plan: TurnPlan, parts: readonly PlannedPart[], wishes: MessageWishes): object {
  const [choice] = plan.choices;
  const finish = choice?.finish ?? null;
  const usage = plan.usage === null ? {} : { usage: { ...inputUsage(plan.usage), ...outputUsage(plan.usage) } };
  return {
    ...frame(plan),
    content: parts.map((part) => wholeBlock(part, wishes)),
    stop_reason: finish === null ? null : stopReason(finish, choice?.stoppedBy ?? null),
    stop_sequence: choice?.stoppedBy ?? null,
    ...usage,
  };
}

/** `input_tokens` are those that were neither read from the cache nor written to it. */
function inputUsage({ input, cached, cacheWrite }: PlannedUsage): object {
  return {
    input_tokens: input - cached - cacheWrite,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cached,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: 0 },
    service_tier: 'standard',
  };
}

function outputUsage({ output, reasoning }: PlannedUsage): object {
  return { output_tokens: output, output_tokens_details: { thinking_tokens: reasoning } };
}
