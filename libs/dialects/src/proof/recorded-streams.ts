import { readdirSync, readFileSync } from 'node:fs';

import type { UpstreamTurnDialect } from '../turn/turn-dialect.js';

/** A stream as some provider sent it. */
export interface RecordedStream {
  readonly name: string;
  readonly dialect: UpstreamTurnDialect;
  readonly bytes: Buffer;
  /** It ends with an error of the upstream. */
  readonly isFailed: boolean;
}

const folder = new URL('../../fixtures/', import.meta.url);

/** Recorded ones by the beginning of their names, and one of Gemini's kind after its documentation. */
export function recordedStreams(): RecordedStream[] {
  const recorded = readdirSync(folder)
    .filter((name) => name.endsWith('.sse'))
    .toSorted()
    .flatMap((name) => {
      const dialect = dialectOf(name);
      if (dialect === null) return [];
      const bytes = withWideText(readFileSync(new URL(name, folder)));
      return [{ name, dialect, bytes, isFailed: /error|failed/.test(name) }];
    });
  return [...recorded, { name: 'gemini', dialect: 'gemini', bytes: geminiStream(), isFailed: false }];
}

function dialectOf(name: string): UpstreamTurnDialect | null {
  if (name.startsWith('chat-')) return 'chat';
  if (name.startsWith('anthropic-')) return 'messages';
  if (name.startsWith('responses-')) return 'responses';
  return name.startsWith('gemini-') ? 'gemini' : null;
}

/** Letters of two, three and four bytes, so that a cut may fall inside of one. */
function withWideText(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString().replaceAll('Hello', 'Hé€😀o').replaceAll('answer', 'änswér'));
}

function geminiStream(): Buffer {
  const usageMetadata = { promptTokenCount: 9, candidatesTokenCount: 7, thoughtsTokenCount: 3, totalTokenCount: 19 };
  const events = [
    geminiChunk([{ text: 'thinking 😀', thought: true }]),
    geminiChunk([{ text: 'Hé€' }]),
    geminiChunk([{ text: 'llo' }]),
    geminiChunk([{ functionCall: { name: 'look', args: { city: 'Zürich' } }, thoughtSignature: 'c2ln' }]),
    { ...geminiChunk([{ text: '' }], { finishReason: 'STOP' }), usageMetadata },
  ];
  return Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join(''));
}

function geminiChunk(parts: readonly object[], more: object = {}): object {
  return {
    candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
    modelVersion: 'gemini-x',
    responseId: 'r1',
  };
}
