import type { AnswerClosing } from '../call/answer-closing.js';
import type { WrittenAnswer } from '../call/answer-stream.js';
import type { CallFace, CallFacts } from '../call/call.js';
import { customInputOf } from '../turn/custom-input.js';
import { declaredToolsOf, type DeclaredTool } from '../turn/function-forms.js';
import type { TurnAnswer, TurnChoice } from '../turn/turn-answer.js';
import type { ToolCallPart } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { writeCitation } from './chat-citations.js';
import type { ChatFace } from './chat-face.js';
import { chatFinishReason } from './chat-finish.js';
import { writeImage } from './chat-images.js';
import { writeLogprobs } from './chat-logprobs.js';
import { writeChatUsage } from './chat-usage-writer.js';
import { detailsOfPart, sealDetail } from './reasoning-details.js';

/** A whole answer for a chat client. */
export function writeChatAnswerTurn(answer: TurnAnswer, closing: AnswerClosing, face: ChatFace): WrittenAnswer {
  const declared = declaredToolsOf(face.tools);
  const isHidden = face.hidesReasoning;
  const choices = answer.choices.map((choice, index) => {
    const message = writeMessage(choice, declared, isHidden);
    return {
      index,
      message,
      logprobs: choice.logprobs.length === 0 ? null : writeLogprobs(choice.logprobs, 'content'),
      finish_reason: chatFinishReason(choice.reason ?? 'stop', 'tool_calls' in message),
    };
  });
  return chatCompletion(face, closing, { choices, serviceTier: answer.usage.serviceTier });
}

/** Nothing of the answer is known: every choice is empty and ends with `length`, with what it cost. */
export function writeExhaustedChat(closing: AnswerClosing, face: CallFace, facts: CallFacts): WrittenAnswer {
  const choices = Array.from({ length: facts.choices }, (_unused, index) => ({
    index,
    message: { role: 'assistant', content: '', refusal: null },
    logprobs: null,
    finish_reason: 'length',
  }));
  return chatCompletion(face, closing, { choices, serviceTier: null });
}

function chatCompletion(
  { model, standIn }: Pick<CallFace, 'model' | 'standIn'>,
  closing: AnswerClosing,
  { choices, serviceTier }: { readonly choices: readonly JsonRecord[]; readonly serviceTier: string | null },
): WrittenAnswer {
  const answer = JSON.stringify({
    id: standIn.id,
    object: 'chat.completion',
    created: standIn.createdSeconds,
    model,
    system_fingerprint: null,
    ...(serviceTier === null ? {} : { service_tier: serviceTier }),
    choices,
  });
  // The usage is bytes already: amounts are written as decimals, not as floats.
  const usage = writeChatUsage(null, closing);
  const body = Buffer.concat([Buffer.from(`${answer.slice(0, -1)},"usage":`), usage, Buffer.from('}')]);
  return { contentType: 'application/json', body };
}

function writeMessage(
  { parts }: TurnChoice,
  declared: (called: string) => DeclaredTool,
  isHidden: boolean,
): JsonRecord {
  let text: string | null = null;
  let refusal: string | null = null;
  const thoughts: string[] = [];
  const details: JsonRecord[] = [];
  const calls: JsonRecord[] = [];
  const images: JsonRecord[] = [];
  const annotations: JsonRecord[] = [];
  let audio: JsonRecord | null = null;
  for (const [index, part] of parts.entries()) {
    if (part.type === 'text') {
      const start = text?.length ?? 0;
      text = (text ?? '') + part.text;
      for (const citation of part.citations) {
        const annotation = writeCitation(citation, start, text.length);
        if (annotation !== null) annotations.push(annotation);
      }
    } else if (part.type === 'refusal') refusal = (refusal ?? '') + part.text;
    else if (part.type === 'reasoning') {
      thoughts.push(...part.summaries, ...(part.text === '' ? [] : [part.text]));
      details.push(...detailsOfPart(part, index));
    } else if (part.type === 'tool_call') {
      calls.push(writeCall(part, declared));
      if (part.seal !== null) details.push(sealDetail(part.seal, { isText: false, index, id: part.callId }));
    } else if (part.type === 'media') {
      if (part.mediaType.startsWith('image/')) images.push(writeImage(part.mediaType, part.data));
      else audio = { data: part.data };
    }
  }
  const reasoning = thoughts.join('\n\n');
  return {
    role: 'assistant',
    content: text,
    refusal,
    ...(isHidden || reasoning === '' ? {} : { reasoning, reasoning_content: reasoning }),
    ...(isHidden || details.length === 0 ? {} : { reasoning_details: details }),
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(images.length === 0 ? {} : { images }),
    ...(audio === null ? {} : { audio }),
  };
}

function writeCall(call: ToolCallPart, declared: (called: string) => DeclaredTool): JsonRecord {
  const isPlain = call.namespace === null && call.form === 'function';
  const { name, form } = isPlain ? declared(call.name) : call;
  if (form === 'custom') {
    const input = call.form === 'custom' ? call.input : customInputOf(call.input);
    return { id: call.callId, type: 'custom', custom: { name, input } };
  }
  return { id: call.callId, type: 'function', function: { name, arguments: call.input === '' ? '{}' : call.input } };
}
