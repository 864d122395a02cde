import { deadLetterTopic } from '@apilink/contracts';

import type { LoggedEvent, OutgoingEvent, PoisonEvent } from './event-log.js';

/** The headers that a dead letter has beside those of the original event. */
export const deadLetterHeader = {
  error: 'dlq_error',
  group: 'dlq_group',
  topic: 'dlq_topic',
  partition: 'dlq_partition',
  offset: 'dlq_offset',
  attempts: 'dlq_attempts',
  diedAt: 'dlq_died_at',
} as const;

/** Where a dead letter came from and why. */
export interface DeadLetter {
  readonly error: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** How often the batch was handed over, the last time included. */
  readonly attempts: number;
  /** When it was given up, in ms since the epoch: not when the event happened. */
  readonly diedAt: number;
}

/** Who gave an event up, and when. */
export interface Death {
  readonly group: string;
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const ERROR_CHARACTERS = 1_000;

/** The event with its original bytes, key, id and type, for `<topic>.dlq`. */
export function deadLetterOf(poison: PoisonEvent, { group, attempts, at }: Death): OutgoingEvent {
  const { partition, offset, ...event } = poison.event;
  return {
    ...event,
    topic: deadLetterTopic(event.topic),
    headers: {
      ...event.headers,
      [deadLetterHeader.error]: printable(poison.reason),
      [deadLetterHeader.group]: group,
      [deadLetterHeader.topic]: event.topic,
      [deadLetterHeader.partition]: String(partition),
      [deadLetterHeader.offset]: offset.toString(),
      [deadLetterHeader.attempts]: String(attempts),
      [deadLetterHeader.diedAt]: new Date(at).toISOString(),
    },
  };
}

/** Null when the event is no dead letter. */
export function readDeadLetter(event: LoggedEvent): DeadLetter | null {
  const headers = event.headers ?? {};
  const { error, group, topic, partition, offset, attempts, diedAt } = deadLetterHeader;
  const [from, at] = [headers[topic], headers[offset]];
  if (from === undefined || at === undefined || !/^\d{1,19}$/.test(at)) return null;
  return {
    error: headers[error] ?? '',
    group: headers[group] ?? '',
    topic: from,
    partition: Number(headers[partition] ?? 0),
    offset: BigInt(at),
    attempts: Number(headers[attempts] ?? 0),
    diedAt: instantOf(headers[diedAt]) ?? event.time,
  };
}

/** The original event again, to be published to the topic it came from: same id, so consumers count it once. */
export function replayOf(event: LoggedEvent): OutgoingEvent | null {
  const letter = readDeadLetter(event);
  if (letter === null) return null;
  const { partition: _partition, offset: _offset, headers = {}, ...original } = event;
  const added = new Set<string>(Object.values(deadLetterHeader));
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !added.has(name)));
  return { ...original, topic: letter.topic, ...(Object.keys(kept).length === 0 ? {} : { headers: kept }) };
}

/** Null for what is no instant: whoever wrote it, a letter that cannot be shown would hide all others. */
function instantOf(text: string | undefined): number | null {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : at;
}

/** Headers travel as text: control characters would end a line in a terminal, and Postgres refuses NUL. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, ERROR_CHARACTERS);
}
