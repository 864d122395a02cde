import type { JsonRecord } from '../turn/turn-request.js';

/** One event of a Messages stream: named, because clients pass over what has no name. */
export function messagesEvent(document: JsonRecord & { readonly type: string }): Buffer {
  return Buffer.from(`event: ${document.type}\ndata: ${JSON.stringify(document)}\n\n`);
}

/** Keeps a client waiting that hears nothing else; allowed anywhere between events. */
export const MESSAGES_PING: Buffer = messagesEvent({ type: 'ping' });
export const MESSAGE_STOP: Buffer = messagesEvent({ type: 'message_stop' });

/** The opening event: the message as it stands before its first block. */
export function messageStart(id: string, model: string, inputTokens: number): Buffer {
  const usage = {
    input_tokens: inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 1,
  };
  const message = {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  };
  return messagesEvent({ type: 'message_start', message });
}

/** The event that tells why the answer ended, and its usage. `usage` is JSON. */
export function messageDelta(stopReason: string, stopSequence: string | null, usage: Buffer): Buffer {
  const delta = JSON.stringify({ stop_reason: stopReason, stop_sequence: stopSequence });
  return Buffer.from(
    `event: message_delta\ndata: {"type":"message_delta","delta":${delta},"usage":${usage.toString()}}\n\n`,
  );
}

export function blockStart(index: number, block: JsonRecord): Buffer {
  return messagesEvent({ type: 'content_block_start', index, content_block: block });
}

export function blockDelta(index: number, delta: JsonRecord): Buffer {
  return messagesEvent({ type: 'content_block_delta', index, delta });
}

export function blockStop(index: number): Buffer {
  return messagesEvent({ type: 'content_block_stop', index });
}
