import { isRecord, listOf, textOf } from '../json/records.js';
import { sealOf } from '../turn/seal-envelope.js';
import type { PartBeginning } from '../turn/turn-event.js';
import type { TurnCitation, TurnPart } from '../turn/turn-part.js';

/** How a content block of an answer begins in the neutral model; null for what a provider did itself (its searches). */
export function beginningOf(block: Record<string, unknown>): PartBeginning | null {
  switch (block['type']) {
    case 'text':
      return { type: 'text' };
    case 'thinking':
      return { type: 'reasoning', told: 'full', isRedacted: false, id: null };
    case 'redacted_thinking':
      return { type: 'reasoning', told: 'full', isRedacted: true, id: null };
    case 'tool_use':
      return {
        type: 'tool_call',
        callId: textOf(block['id']) ?? '',
        name: textOf(block['name']) ?? '',
        namespace: null,
        form: 'function',
        id: null,
      };
    default:
      return null;
  }
}

/** A whole content block of an answer. */
export function answerPartOf(block: Record<string, unknown>): TurnPart | null {
  switch (block['type']) {
    case 'text': {
      const citations = listOf(block['citations'])
        .map((citation) => citationOf(citation))
        .filter((one) => one !== null);
      return { type: 'text', text: textOf(block['text']) ?? '', cache: null, citations };
    }
    case 'thinking': {
      const signature = textOf(block['signature']) ?? '';
      const seal = signature === '' ? null : sealOf(signature, 'anthropic');
      return {
        type: 'reasoning',
        text: textOf(block['thinking']) ?? '',
        summaries: [],
        seal,
        isRedacted: false,
        id: null,
      };
    }
    case 'redacted_thinking': {
      const seal = sealOf(textOf(block['data']) ?? '', 'anthropic');
      return { type: 'reasoning', text: '', summaries: [], seal, isRedacted: true, id: null };
    }
    case 'tool_use': {
      const input = block['input'];
      return {
        type: 'tool_call',
        callId: textOf(block['id']) ?? '',
        name: textOf(block['name']) ?? '',
        namespace: null,
        form: 'function',
        input: isRecord(input) ? JSON.stringify(input) : '{}',
        seal: null,
        id: null,
        cache: null,
      };
    }
    default:
      return null;
  }
}

/** A citation; its places are the document's, not the answer's, so that they are not told. */
export function citationOf(citation: unknown): TurnCitation | null {
  if (!isRecord(citation)) return null;
  const source = textOf(citation['url']) ?? textOf(citation['source']);
  const title = textOf(citation['title']) ?? textOf(citation['document_title']);
  return { url: source, title, citedText: textOf(citation['cited_text']), start: null, end: null };
}
