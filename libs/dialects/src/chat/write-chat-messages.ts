import { unsupported, type RequestProblem } from '../call/request-problem.js';
import type { TextPart, ToolCallPart, ToolResultPart, TurnPart } from '../turn/turn-part.js';
import type { JsonRecord, TurnMessage, TurnTarget } from '../turn/turn-request.js';
import { detailsOfPart, sealDetail } from './reasoning-details.js';
import { chatContent } from './write-chat-content.js';

type Written = { readonly messages: JsonRecord[] } | { readonly problem: RequestProblem };

/** Writes messages of functions alone (`withFunctionsOnly`) for a chat upstream. */
export function chatMessages(messages: readonly TurnMessage[], target: TurnTarget): Written {
  const writer = new ChatMessagesWriter(target.reasoningKey ?? null);
  for (const message of messages) {
    const problem = writer.write(message);
    if (problem !== null) return { problem };
  }
  const problem = writer.flushPictures();
  return problem === null ? { messages: writer.messages } : { problem };
}

class ChatMessagesWriter {
  readonly messages: JsonRecord[] = [];
  /** Pictures and files of tool results: chat's tool messages are text, so a user's message behind them shows these. */
  private pictures: TurnPart[] = [];

  constructor(private readonly reasoningKey: TurnTarget['reasoningKey'] | null) {}

  write(message: TurnMessage): RequestProblem | null {
    const { role, parts, name } = message;
    if (role === 'tool') return this.writeResults(parts);
    const named = name === null ? {} : { name };
    if (role !== 'user') {
      const problem = this.flushPictures();
      if (problem !== null) return problem;
    }
    if (role === 'assistant') return this.writeAssistant(parts, named);
    // A user's message may hold results in other dialects; they come first there, as here.
    const results = parts.filter((part) => part.type === 'tool_result');
    if (results.length > 0) {
      const refused = this.writeResults(results);
      if (refused !== null) return refused;
    }
    const rest = parts.filter((part) => part.type !== 'tool_result');
    if (results.length > 0 && rest.length === 0) return null;
    const shown = [...this.pictures.splice(0), ...rest];
    const written = chatContent(shown);
    if ('problem' in written) return written.problem;
    // Every chat upstream knows `system`, not every one `developer`.
    this.messages.push({ role: role === 'user' ? 'user' : 'system', content: written.content, ...named });
    return null;
  }

  flushPictures(): RequestProblem | null {
    if (this.pictures.length === 0) return null;
    const written = chatContent(this.pictures.splice(0));
    if ('problem' in written) return written.problem;
    this.messages.push({ role: 'user', content: written.content });
    return null;
  }

  private writeAssistant(parts: readonly TurnPart[], named: JsonRecord): RequestProblem | null {
    const texts: TextPart[] = [];
    const calls: ToolCallPart[] = [];
    const refusals: string[] = [];
    for (const part of parts) {
      if (part.type === 'text') texts.push(part);
      else if (part.type === 'tool_call') calls.push(part);
      else if (part.type === 'refusal') refusals.push(part.text);
      else if (part.type !== 'reasoning') {
        return unsupported('messages', `chat completions take no ${part.type} in an answer of the model`);
      }
    }
    const written = chatContent(texts);
    if ('problem' in written) return written.problem;
    const hasText = texts.length > 0 || (calls.length === 0 && refusals.length === 0);
    this.messages.push({
      role: 'assistant',
      content: hasText ? written.content : null,
      ...named,
      ...(refusals.length > 0 ? { refusal: refusals.join('') } : {}),
      ...this.reasoning(parts),
      ...(calls.length > 0 ? { tool_calls: calls.map(chatCall) } : {}),
    });
    return null;
  }

  /** Only for upstreams that want their thinking back; the others refuse a message with a member that they do not know. */
  private reasoning(parts: readonly TurnPart[]): JsonRecord {
    const thoughts = parts.filter((part) => part.type === 'reasoning');
    const { reasoningKey } = this;
    if (reasoningKey === null || reasoningKey === undefined) return {};
    if (reasoningKey === 'reasoning_details') {
      const details = thoughts.flatMap((part, index) => detailsOfPart(part, index));
      const ofCalls = parts.flatMap((part) =>
        part.type === 'tool_call' && part.seal !== null
          ? [sealDetail(part.seal, { isText: false, index: thoughts.length, id: part.callId })]
          : [],
      );
      const all = [...details, ...ofCalls];
      return all.length === 0 ? {} : { reasoning_details: all };
    }
    const text = thoughts.map((part) => part.text || part.summaries.join('\n\n')).join('\n\n');
    return text === '' ? {} : { [reasoningKey]: text };
  }

  private writeResults(parts: readonly TurnPart[]): RequestProblem | null {
    for (const part of parts) {
      if (part.type !== 'tool_result') return unsupported('messages', `a tool's message with ${part.type}`);
      this.messages.push(this.result(part));
    }
    return null;
  }

  private result({ callId, parts, isError }: ToolResultPart): JsonRecord {
    const texts = parts.filter((part) => part.type === 'text').map(({ text }) => text);
    const shown = parts.filter((part) => part.type !== 'text');
    if (shown.length > 0) {
      const about = `Shown by the tool call ${callId}:`;
      this.pictures.push({ type: 'text', text: about, cache: null, citations: [] }, ...shown);
      texts.push(
        `(${shown.length === 1 ? 'One attachment' : `${shown.length} attachments`} in the next user message.)`,
      );
    }
    const text = texts.join('\n');
    return { role: 'tool', tool_call_id: callId, content: isError ? failedText(text) : text };
  }
}

/** Chat has no flag for a failed call: the text says it. */
function failedText(text: string): string {
  return /^\s*(?:error|failed|exception)/i.test(text) ? text : `Error: ${text}`;
}

function chatCall({ callId, name, input }: ToolCallPart): JsonRecord {
  return { id: callId, type: 'function', function: { name, arguments: input === '' ? '{}' : input } };
}
