import type { AnswerClosing } from '../call/answer-closing.js';
import type { CallFace } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import { isRecord, parsedJson } from '../json/records.js';
import { membersOf } from '../json/json-members.js';
import { OPEN_BRACE, OPEN_BRACKET, skipSpace } from '../json/json-bytes.js';
import type { ByteRange } from '../json/scan-document.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { editedResponse } from './response-edits.js';
import { openingEvents, runningState } from './responses-events.js';
import { membersText, requestEcho, resourceText, responseIdOf } from './responses-resource.js';
import { writeResponsesUsage } from './responses-usage-writer.js';

export interface PassedRequest {
  readonly body: Buffer;
  readonly store: boolean;
  readonly previousResponseId: string | null;
  readonly nowSeconds: () => number;
}

interface Ending {
  readonly closing: AnswerClosing;
  /** The upstream's own usage can be true and stays. */
  readonly keptUsage: boolean;
  /** The id that the client has seen; null leaves the upstream's. */
  readonly id: string | null;
  /** JSON of the items as their own events told them; written where the upstream's last word leaves them out. */
  readonly items: readonly string[];
  readonly status: 'completed' | 'incomplete';
}

const empty = Buffer.from('{}');

/** The response object of an upstream as the client gets it. */
export class PassedResponse {
  private document: JsonRecord | null = null;

  constructor(
    private readonly face: CallFace,
    private readonly request: PassedRequest,
  ) {}

  /** The opening events of a stream that the upstream has not opened itself. */
  opening(told: ToldStream): string {
    return told.isOpened ? '' : openingEvents(told, this.face, this.echo());
  }

  /** The response of an event that is not the last. */
  running(data: Buffer, range: ByteRange | null, id: string | null): Buffer {
    const named = id === null ? {} : { id: JSON.stringify(id) };
    return this.edited(data, range, named, 'in_progress');
  }

  /** The response of the last event, or of a whole answer. */
  closed(data: Buffer, range: ByteRange | null, ending: Ending): Buffer {
    const { closing, keptUsage, id, items, status } = ending;
    const found = range === null ? {} : rangesOf(data, range.start, ['usage', 'output']);
    const { usage, output } = found;
    const told = keptUsage && usage !== undefined && data[usage.start] === OPEN_BRACE ? usage : null;
    const usageBytes = told === null ? null : data.subarray(told.start, told.end);
    const lacksItems = items.length > 0 && (output === undefined || isEmptyList(data, output));
    const said = {
      ...(id === null ? {} : { id: JSON.stringify(id) }),
      ...(lacksItems ? { output: `[${items.join(',')}]` } : {}),
      usage: writeResponsesUsage(usageBytes, closing),
    };
    return this.edited(data, range, said, status);
  }

  /** The response of a stream that we end ourselves, because the hold ran out. */
  cut(told: ToldStream, items: readonly string[], closing: AnswerClosing): string {
    return resourceText(this.echo(), {
      ...runningState(told.id ?? responseIdOf(this.face), this.face),
      status: 'incomplete',
      completedSeconds: this.request.nowSeconds(),
      incompleteReason: 'max_output_tokens',
      output: items,
      usage: writeResponsesUsage(null, closing),
    });
  }

  private edited(
    data: Buffer,
    range: ByteRange | null,
    named: Readonly<Record<string, string>>,
    status: 'in_progress' | 'completed' | 'incomplete',
  ): Buffer {
    const { store, previousResponseId } = this.request;
    const isObject = range !== null && data[range.start] === OPEN_BRACE;
    const said = {
      model: JSON.stringify(this.face.model),
      store: String(store),
      previous_response_id: JSON.stringify(previousResponseId),
      ...named,
    };
    const place = isObject ? { bytes: data, range } : { bytes: empty, range: { start: 0, end: empty.length } };
    return editedResponse(place.bytes, place.range, { said, defaults: () => this.defaults(status) });
  }

  private defaults(status: 'in_progress' | 'completed' | 'incomplete'): JsonRecord {
    const { standIn } = this.face;
    return {
      ...requestEcho(this.parsed(), this.request.previousResponseId),
      id: responseIdOf(this.face),
      object: 'response',
      created_at: standIn.createdSeconds,
      completed_at: status === 'in_progress' ? null : this.request.nowSeconds(),
      status,
      service_tier: 'default',
      output: [],
    };
  }

  private echo(): string {
    return membersText(requestEcho(this.parsed(), this.request.previousResponseId));
  }

  /** Only where an upstream leaves out what every response has to have. */
  private parsed(): JsonRecord {
    if (this.document === null) {
      const document = parsedJson(this.request.body.toString());
      this.document = { ...(isRecord(document) ? document : {}), store: this.request.store };
    }
    return this.document;
  }
}

function rangesOf(data: Buffer, open: number, keys: readonly string[]): Record<string, ByteRange> {
  const found: Record<string, ByteRange> = {};
  if (data[open] !== OPEN_BRACE) return found;
  for (const { key, valueStart, end } of membersOf(data, open)) {
    if (keys.includes(key)) found[key] = { start: valueStart, end };
  }
  return found;
}

function isEmptyList(data: Buffer, { start }: ByteRange): boolean {
  return data[start] !== OPEN_BRACKET || data[skipSpace(data, start + 1)] === 0x5d;
}
