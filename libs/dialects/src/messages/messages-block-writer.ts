import { sealText, sealTextFor } from '../turn/seal-envelope.js';
import type { PartBeginning } from '../turn/turn-event.js';
import type { Seal, TurnCitation } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { blockDelta, blockStart, blockStop } from './messages-events.js';

/** What stands where thinking has no signature: clients want one and give it back; it is taken out again on the way. */
export const OWN_SIGNATURE: string = sealText({ origin: 'other', value: '' });

/** The signature of a thinking block for a client: never empty. */
export function signatureOf(seal: Seal | null): string {
  return seal === null || seal.value === '' ? OWN_SIGNATURE : sealTextFor(seal, 'anthropic');
}

/**
 * A call that its provider has sealed: Messages has no place for that on a call, so that a block of hidden thinking behind it
 * names the call. Null for a call without a seal.
 */
export function callSealBlock(seal: Seal | null, callId: string): JsonRecord | null {
  return seal === null ? null : { type: 'redacted_thinking', data: sealText(seal, { callId }) };
}

/** A citation as Anthropic tells those of its web search; null for one without an address. */
export function citationBlock({ url, title, citedText }: TurnCitation): JsonRecord | null {
  if (url === null) return null;
  return { type: 'web_search_result_location', url, title, cited_text: citedText ?? '', encrypted_index: '' };
}

/** A picture or sound of an answer: Messages has no block for it, so that it is told as Markdown. */
export function mediaText(mediaType: string, data: string): string {
  return `![${mediaType}](data:${mediaType};base64,${data})`;
}

/** Writes one part of an answer as one content block. Thinking that says nothing makes no block. */
export class MessagesBlockWriter {
  private seal: Seal | null = null;
  private isOpen = false;
  private index = -1;

  constructor(
    private readonly is: PartBeginning,
    private readonly hidesThinking: boolean,
    private readonly nextIndex: () => number,
  ) {}

  begin(): Buffer[] {
    return this.is.type === 'reasoning' ? [] : this.open(startOf(this.is));
  }

  text(text: string): Buffer[] {
    if (this.is.type === 'reasoning') {
      if (this.hidesThinking || this.is.isRedacted) return [];
      return [...this.open(thinkingStart), blockDelta(this.index, { type: 'thinking_delta', thinking: text })];
    }
    const isCall = this.is.type === 'tool_call';
    const delta = isCall ? { type: 'input_json_delta', partial_json: text } : { type: 'text_delta', text };
    return [blockDelta(this.index, delta)];
  }

  sealed(seal: Seal): void {
    this.seal = seal;
  }

  citation(citation: TurnCitation): Buffer[] {
    const told = this.is.type === 'text' ? citationBlock(citation) : null;
    return told === null ? [] : [blockDelta(this.index, { type: 'citations_delta', citation: told })];
  }

  end(): Buffer[] {
    const { is, seal } = this;
    if (is.type !== 'reasoning') {
      const sealed = is.type === 'tool_call' ? callSealBlock(seal, is.callId) : null;
      const stop = blockStop(this.index);
      if (sealed === null) return [stop];
      const index = this.nextIndex();
      return [stop, blockStart(index, sealed), blockStop(index)];
    }
    if (!this.isOpen && seal === null) return [];
    const signature = signatureOf(seal);
    const out = this.open(is.isRedacted ? { type: 'redacted_thinking', data: signature } : thinkingStart);
    if (!is.isRedacted) out.push(blockDelta(this.index, { type: 'signature_delta', signature }));
    return [...out, blockStop(this.index)];
  }

  private open(block: JsonRecord): Buffer[] {
    if (this.isOpen) return [];
    this.isOpen = true;
    this.index = this.nextIndex();
    return [blockStart(this.index, block), ...this.whole()];
  }

  private whole(): Buffer[] {
    if (this.is.type !== 'media') return [];
    return [blockDelta(this.index, { type: 'text_delta', text: mediaText(this.is.mediaType, this.is.data) })];
  }
}

const thinkingStart: JsonRecord = { type: 'thinking', thinking: '', signature: '' };

function startOf(is: PartBeginning): JsonRecord {
  if (is.type !== 'tool_call') return { type: 'text', text: '' };
  return { type: 'tool_use', id: is.callId, name: is.name, input: {} };
}
