import { isRecord, parsedJson } from '../json/records.js';
import { sealTextFor } from '../turn/seal-envelope.js';
import type { Seal, TurnCitation } from '../turn/turn-part.js';
import type { JsonRecord, TurnRequest } from '../turn/turn-request.js';

/** Thoughts are told to clients that asked for them, as Google does; their seals always, so that they come back. */
export function showsThoughts({ reasoning }: TurnRequest): boolean {
  return reasoning !== null && !reasoning.exclude;
}

export function sealedPart(seal: Seal): JsonRecord {
  return { text: '', thought: true, thoughtSignature: sealTextFor(seal, 'google') };
}

export function mediaPart({ mediaType, data }: { readonly mediaType: string; readonly data: string }): JsonRecord {
  return { inlineData: { mimeType: mediaType, data } };
}

export function calledPart(call: {
  readonly callId: string;
  readonly name: string;
  readonly input: string;
  readonly seal: Seal | null;
}): JsonRecord {
  const parsed = call.input.trim() === '' ? {} : parsedJson(call.input);
  const args = isRecord(parsed) ? parsed : { input: call.input };
  return {
    functionCall: { id: call.callId, name: call.name, args },
    ...(call.seal === null ? {} : { thoughtSignature: sealTextFor(call.seal, 'google') }),
  };
}

/** What the text rests on; nothing when it cites nothing. */
export function groundingOf(citations: readonly TurnCitation[]): JsonRecord {
  const sources = citations.filter(({ url }) => url !== null);
  if (sources.length === 0) return {};
  return {
    groundingMetadata: {
      groundingChunks: sources.map(({ url, title }) => ({ web: { uri: url, ...(title === null ? {} : { title }) } })),
      groundingSupports: sources.flatMap(({ citedText }, index) =>
        citedText === null ? [] : [{ segment: { text: citedText }, groundingChunkIndices: [index] }],
      ),
    },
  };
}
