import { isRecord, listOf, parsedJson, textOf } from '../json/records.js';
import type { StreamEvent, TokenLogprob, TurnEvent, TurnStreamReader } from '../turn/turn-event.js';
import type { TurnCitation } from '../turn/turn-part.js';
import { GeminiUsageReader } from '../usage/gemini-usage.js';
import type { UsageReading, UsageTraits } from '../usage/usage-reading.js';
import { geminiFailure } from './gemini-failure.js';
import { GeminiPartsReader } from './gemini-parts-reader.js';
import { stopReasonOf } from './gemini-reasons.js';

/** Candidates of one answer; Gemini makes 8 at most. */
const CANDIDATES_MAX = 128;

type Document = Readonly<Record<string, unknown>>;

interface Candidate {
  readonly parts: GeminiPartsReader;
  hasFinished: boolean;
}

/** Reads the documents of `streamGenerateContent`, or the one of `generateContent`. There is no last word: the body ends. */
export class GeminiStreamReader implements TurnStreamReader {
  private readonly usageReader: GeminiUsageReader;
  private readonly candidates = new Map<number, Candidate>();
  private answerId: string | null = null;

  constructor(traits: UsageTraits) {
    this.usageReader = new GeminiUsageReader(traits);
  }

  /** Every document tells the usage so far: it is that of the answer once every candidate has ended. */
  get usage(): UsageReading {
    const { reading } = this.usageReader;
    return this.hasEnded ? reading : { ...reading, usage: null };
  }

  read({ data }: StreamEvent): readonly TurnEvent[] | null {
    const document = parsedJson(data);
    return isRecord(document) ? this.document(document, data) : null;
  }

  /** `text` is the document as it came: calls that Gemini does not name are named after it. */
  document(document: Document, text: string): TurnEvent[] {
    const failure = geminiFailure(document);
    if (failure !== null) return [{ kind: 'failed', failure }];
    this.usageReader.note(document);
    const events = this.begun(document, text);
    for (const [place, candidate] of listOf(document['candidates']).entries()) {
      if (isRecord(candidate)) events.push(...this.candidate(candidate, place));
    }
    const { promptFeedback } = document;
    if (isRecord(promptFeedback) && textOf(promptFeedback['blockReason']) !== null) events.push(...this.blocked());
    return events;
  }

  end(): readonly TurnEvent[] {
    return [];
  }

  private get hasEnded(): boolean {
    return this.candidates.size > 0 && [...this.candidates.values()].every(({ hasFinished }) => hasFinished);
  }

  private begun(document: Document, text: string): TurnEvent[] {
    if (this.answerId !== null) return [];
    const id = textOf(document['responseId']);
    this.answerId = id ?? text;
    const createdAt = textOf(document['createTime']);
    const created = createdAt === null ? Number.NaN : Math.floor(Date.parse(createdAt) / 1000);
    const createdSeconds = Number.isSafeInteger(created) ? created : null;
    return [{ kind: 'begun', id, createdSeconds, model: textOf(document['modelVersion']) }];
  }

  private candidate(candidate: Document, place: number): TurnEvent[] {
    const index = typeof candidate['index'] === 'number' ? candidate['index'] : place;
    const state = this.stateOf(index);
    if (state === null || state.hasFinished) return [];
    const events: TurnEvent[] = [];
    const content = isRecord(candidate['content']) ? candidate['content'] : {};
    let logprobs = logprobsOf(candidate['logprobsResult']);
    for (const part of listOf(content['parts'])) {
      if (!isRecord(part)) continue;
      events.push(...state.parts.read(part, logprobs));
      if (part['thought'] !== true && textOf(part['text']) !== null) logprobs = [];
    }
    for (const citation of citationsOf(candidate)) events.push(...state.parts.cite(citation));
    const word = textOf(candidate['finishReason']);
    if (word !== null && word !== 'FINISH_REASON_UNSPECIFIED') {
      state.hasFinished = true;
      const reason = stopReasonOf(word, state.parts.hasCalls);
      events.push(...state.parts.end(), { kind: 'finish', choice: index, reason, stopSequence: null });
    }
    return events;
  }

  /** The prompt was refused: there is an answer, and it is empty. */
  private blocked(): TurnEvent[] {
    if (this.candidates.size > 0) return [];
    this.candidates.set(0, { parts: this.partsOf(0), hasFinished: true });
    return [{ kind: 'finish', choice: 0, reason: 'content_filter', stopSequence: null }];
  }

  private stateOf(index: number): Candidate | null {
    const known = this.candidates.get(index);
    if (known !== undefined) return known;
    if (!Number.isInteger(index) || index < 0 || this.candidates.size >= CANDIDATES_MAX) return null;
    const state = { parts: this.partsOf(index), hasFinished: false };
    this.candidates.set(index, state);
    return state;
  }

  private partsOf(index: number): GeminiPartsReader {
    return new GeminiPartsReader(index, this.answerId ?? '');
  }
}

function logprobsOf(result: unknown): readonly TokenLogprob[] {
  if (!isRecord(result)) return [];
  const top = listOf(result['topCandidates']);
  return listOf(result['chosenCandidates']).flatMap((chosen, place) => {
    const told = logprobOf(chosen);
    const others = top[place];
    const candidates = isRecord(others) ? listOf(others['candidates']) : [];
    return told === null
      ? []
      : [{ ...told, top: candidates.map((one) => logprobOf(one)).filter((one) => one !== null) }];
  });
}

function logprobOf(value: unknown): Omit<TokenLogprob, 'top'> | null {
  if (!isRecord(value)) return null;
  const { token, logProbability } = value;
  if (typeof token !== 'string' || typeof logProbability !== 'number') return null;
  return { token, logprob: logProbability, bytes: [...Buffer.from(token)] };
}

/** Sources of a grounded answer, each with the words that it supports. Offsets are bytes there, and so not told on. */
function citationsOf(candidate: Document): readonly TurnCitation[] {
  const grounding = candidate['groundingMetadata'];
  if (!isRecord(grounding)) return [];
  const sources = listOf(grounding['groundingChunks']).map((chunk) => (isRecord(chunk) ? chunk['web'] : null));
  const supports = listOf(grounding['groundingSupports']);
  if (supports.length === 0) return sources.flatMap((source) => citationOf(source, null));
  return supports.flatMap((support) => {
    if (!isRecord(support)) return [];
    const { segment } = support;
    const citedText = isRecord(segment) ? textOf(segment['text']) : null;
    return listOf(support['groundingChunkIndices']).flatMap((index) =>
      typeof index === 'number' ? citationOf(sources[index], citedText) : [],
    );
  });
}

function citationOf(source: unknown, citedText: string | null): TurnCitation[] {
  if (!isRecord(source)) return [];
  return [{ url: textOf(source['uri']), title: textOf(source['title']), citedText, start: null, end: null }];
}
