import { invalid, unsupported, type RequestProblem } from '../call/request-problem.js';
import type { JsonRecord } from '../turn/turn-request.js';

/** What no endpoint of a chat model has; refused unless it says what is so anyway. */
const unsaid: Readonly<Record<string, (value: unknown, document: JsonRecord) => boolean>> = {
  suffix: (value) => value === '',
  echo: (value) => value === false,
  logprobs: (value) => value === false,
  best_of: (value, { n = 1 }) => value === 1 || value === n,
};

/** Of chat alone: a client that writes them means the other route. */
const chatKeys = ['messages', 'tools', 'tool_choice', 'functions', 'response_format', 'modalities'];

/**
 * A request of `POST /v1/completions` as the chat request that asks the same: its prompt is what the user says. Every other
 * member stays.
 */
export function chatOfCompletion(
  document: JsonRecord,
): { readonly document: JsonRecord } | { readonly problem: RequestProblem } {
  const { prompt, ...rest } = document;
  for (const key of chatKeys) {
    if ((document[key] ?? null) !== null) {
      return { problem: unsupported(key, 'it belongs to /v1/chat/completions: send the request there') };
    }
  }
  for (const [key, isSo] of Object.entries(unsaid)) {
    const value = document[key] ?? null;
    if (value !== null && !isSo(value, document)) {
      return { problem: unsupported(key, 'chat models have nothing like it: leave it out') };
    }
    Reflect.deleteProperty(rest, key);
  }
  const text = textOf(prompt);
  if (typeof text !== 'string') return { problem: text };
  return { document: { ...rest, messages: [{ role: 'user', content: text }] } };
}

function textOf(prompt: unknown): string | RequestProblem {
  if (prompt === undefined || prompt === null) {
    return { code: 'missing_parameter', param: 'prompt', detail: 'it is missing', limit: null };
  }
  if (typeof prompt === 'string') return prompt;
  if (!Array.isArray(prompt)) return invalid('prompt', 'a text');
  const [only] = prompt;
  if (typeof only === 'number' || Array.isArray(only)) return unsupported('prompt', 'tokens: send the text instead');
  if (typeof only !== 'string') return invalid('prompt', 'a text');
  return prompt.length === 1 ? only : unsupported('prompt', 'several prompts: send one request for each');
}
