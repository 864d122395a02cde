import type { JsonRecord, TurnRequest } from '../turn/turn-request.js';
import { isRecord } from './records.js';

/** The client asked for a usage chunk of its own. */
export function asksUsageChunk(document: JsonRecord): boolean {
  const options = document['stream_options'];
  return isRecord(options) && options['include_usage'] === true;
}

/** The client does not want to see the thinking. */
export function hidesReasoning({ reasoning }: TurnRequest): boolean {
  return reasoning?.exclude === true;
}
