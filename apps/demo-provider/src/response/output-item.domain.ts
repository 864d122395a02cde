import { sealFor } from '../turn/seal.domain.js';
import { joined, type PlannedPart } from '../turn/turn-plan.domain.js';

/** What of a request shapes the words of its answer. */
export interface ResponseWishes {
  /** The request as it came: the answer repeats many of its members. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly encrypted: boolean;
  readonly summary: boolean;
  readonly logprobs: boolean;
}

export interface OutputItem {
  readonly id: string;
  readonly part: PlannedPart;
  readonly status: 'completed' | 'incomplete';
}

/** An item as it stands in `output` and in `response.output_item.done`. */
export function wholeItem({ id, part, status }: OutputItem, wishes: ResponseWishes): object {
  const text = joined(part);
  if (part.kind === 'call') return callItem({ id, status }, part, text);
  if (part.kind === 'text') {
    const content = [textPart(text, [...part.tokens()], wishes)];
    return { id, type: 'message', status, role: 'assistant', content };
  }
  return {
    id,
    type: 'reasoning',
    summary: wishes.summary ? [{ type: 'summary_text', text }] : [],
    ...(wishes.encrypted ? { encrypted_content: sealFor('responses', text) } : {}),
  };
}

export function textPart(text: string, tokens: readonly string[], { logprobs }: ResponseWishes): object {
  return { type: 'output_text', text, annotations: [], logprobs: logprobs ? tokens.map(logprobOf) : [] };
}

export function logprobOf(text: string): object {
  return { token: text, logprob: -0.01, bytes: [...Buffer.from(text)], top_logprobs: [] };
}

export function callItem(
  { id, status }: { readonly id: string; readonly status: string },
  { id: callId, tool }: Extract<PlannedPart, { kind: 'call' }>,
  input: string,
): object {
  const named = { id, status, call_id: `call_${callId}`, name: tool.name };
  const grouped = tool.namespace === null ? named : { ...named, namespace: tool.namespace };
  return tool.kind === 'custom'
    ? { type: 'custom_tool_call', ...grouped, input }
    : { type: 'function_call', ...grouped, arguments: input };
}
