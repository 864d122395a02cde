import { isRecord, listOf, parsedJson, textOf } from '../json/records.js';
import type { StreamEvent, TurnEvent, TurnStreamReader } from '../turn/turn-event.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { refusedReading, type UsageReading, type UsageTraits } from '../usage/usage-reading.js';
import { chatUsage } from './chat-usage.js';
import { ChatChoiceReader } from './chat-choice-reader.js';
import { readFailure } from '../call/read-failure.js';

/** More choices than a request can ask for: a stream that tells them is broken. */
const CHOICES_MAX = 128;

/** Reads a chat upstream's stream into turn events. */
export class ChatStreamReader implements TurnStreamReader {
  usage: UsageReading = { usage: null, problem: null, serviceTier: null };
  private readonly choices = new Map<number, ChatChoiceReader>();
  private hasBegun = false;

  constructor(private readonly traits: UsageTraits) {}

  read({ name, data }: StreamEvent): readonly TurnEvent[] | null {
    const text = data.trim();
    if (text === '') return [];
    if (text === '[DONE]') return [{ kind: 'over' }];
    const chunk = parsedJson(text);
    return isRecord(chunk) ? this.readChunk(chunk, name) : null;
  }

  end(): readonly TurnEvent[] {
    return [];
  }

  /** A chunk, or a whole answer, whose `message` tells what a delta tells. */
  readChunk(chunk: JsonRecord, name: string | null): readonly TurnEvent[] | null {
    const failure = readFailure(chunk['error'] ?? null) ?? (name === 'error' ? readFailure(chunk) : null);
    if (failure !== null) return [{ kind: 'failed', failure }];
    this.noteUsage(chunk);
    const events: TurnEvent[] = [];
    if (!this.hasBegun) {
      this.hasBegun = true;
      const { created } = chunk;
      const createdSeconds = typeof created === 'number' && Number.isSafeInteger(created) ? created : null;
      events.push({ kind: 'begun', id: textOf(chunk['id']), createdSeconds, model: textOf(chunk['model']) });
    }
    for (const [place, choice] of listOf(chunk['choices']).entries()) {
      if (isRecord(choice) && !this.readChoice(choice, place, events)) return null;
    }
    return events;
  }

  private readChoice(choice: JsonRecord, place: number, events: TurnEvent[]): boolean {
    const index = typeof choice['index'] === 'number' ? choice['index'] : place;
    if (!Number.isInteger(index) || index < 0 || index >= CHOICES_MAX) return false;
    let reader = this.choices.get(index);
    if (reader === undefined) {
      reader = new ChatChoiceReader(index);
      this.choices.set(index, reader);
    }
    const { delta, message } = choice;
    const said = isRecord(delta) ? delta : isRecord(message) ? message : {};
    return reader.read(said, { logprobs: choice['logprobs'], finishReason: textOf(choice['finish_reason']) }, events);
  }

  private noteUsage(chunk: JsonRecord): void {
    const serviceTier = textOf(chunk['service_tier']) ?? this.usage.serviceTier;
    const { usage, x_groq: groq } = chunk;
    const told = usage ?? (isRecord(groq) ? groq['usage'] : null) ?? null;
    if (told === null) this.usage = { ...this.usage, serviceTier };
    else if (isRecord(told)) this.usage = { ...chatUsage(told, this.traits), serviceTier };
    else this.usage = refusedReading('usage is not an object', serviceTier);
  }
}
