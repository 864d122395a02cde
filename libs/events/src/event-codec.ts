import type { TopicDefinition } from '@apilink/contracts';
import { z } from 'zod';

import type { LoggedEvent, OutgoingEvent, PoisonEvent } from './event-log.js';

/** The types of event that a topic carries. */
export type EventType<Topic extends TopicDefinition> = keyof Topic['events'] & string;

/** What is said of every event beside its body. */
export interface EventEnvelope {
  readonly key: string;
  readonly id: string;
  readonly source: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly traceparent?: string;
}

/** An event of a topic with its body as it is in memory. */
export interface TypedEvent<Topic extends TopicDefinition, Type extends EventType<Topic>> extends EventEnvelope {
  readonly type: Type;
  readonly body: z.output<Topic['events'][Type]>;
}

/** Why an event cannot be read; its code is the first word of a dead letter's reason. */
export type UnreadableCode = 'unknown_type' | 'invalid_json' | 'invalid_body';

export type DecodedEvent<Topic extends TopicDefinition> =
  | {
      readonly [Type in EventType<Topic>]: {
        readonly outcome: 'event';
        readonly type: Type;
        readonly body: z.output<Topic['events'][Type]>;
      };
    }[EventType<Topic>]
  | { readonly outcome: 'tombstone' }
  | {
      readonly outcome: 'unreadable';
      readonly code: UnreadableCode;
      /** Ready to be returned by a batch handler. */
      readonly poison: PoisonEvent;
    };

type AnyDecoded =
  | { readonly outcome: 'event'; readonly type: string; readonly body: unknown }
  | { readonly outcome: 'tombstone' }
  | { readonly outcome: 'unreadable'; readonly code: UnreadableCode; readonly poison: PoisonEvent };

const REASON_CHARACTERS = 500;

/** Writes an event of a topic: the body by its schema, as JSON. Throws when the body breaks its schema. */
export function encodeEvent<Topic extends TopicDefinition, Type extends EventType<Topic>>(
  topic: Topic,
  event: TypedEvent<Topic, Type>,
): OutgoingEvent {
  const schema = topic.events[event.type];
  if (schema === undefined) throw new Error(`the topic ${topic.name} has no event ${event.type}`);
  return { ...envelope(topic, event), type: event.type, body: JSON.stringify(z.encode(schema, event.body)) };
}

/** Removes a key from a compacted topic. */
export function encodeTombstone<Topic extends TopicDefinition>(
  topic: Topic,
  event: EventEnvelope & { readonly type: EventType<Topic> },
): OutgoingEvent {
  return { ...envelope(topic, event), type: event.type, body: null };
}

/** Reads an event by the schema of its topic and type. Never throws: what cannot be read comes with its reason. */
export function decodeEvent<Topic extends TopicDefinition>(topic: Topic, event: LoggedEvent): DecodedEvent<Topic>;
export function decodeEvent(topic: TopicDefinition, event: LoggedEvent): AnyDecoded {
  if (event.body === null) return { outcome: 'tombstone' };
  const schema = Object.hasOwn(topic.events, event.type) ? topic.events[event.type] : undefined;
  if (schema === undefined) return unreadable(event, 'unknown_type', `${topic.name} has no event ${event.type}`);
  let json: unknown;
  try {
    json = JSON.parse(event.body);
  } catch {
    // The parser's own message quotes the body.
    return unreadable(event, 'invalid_json', 'the body is not JSON');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) return unreadable(event, 'invalid_body', issuesOf(parsed.error));
  return { outcome: 'event', type: event.type, body: parsed.data };
}

function envelope(topic: TopicDefinition, event: EventEnvelope): Omit<OutgoingEvent, 'type' | 'body'> {
  return {
    topic: topic.name,
    key: event.key,
    id: event.id,
    source: event.source,
    time: event.time,
    ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
  };
}

function unreadable(event: LoggedEvent, code: UnreadableCode, detail: string): AnyDecoded {
  const reason = `${code}: ${detail}`.slice(0, REASON_CHARACTERS);
  return { outcome: 'unreadable', code, poison: { event, reason } };
}

/** Paths and what was expected there, never the values: a dead letter's reason is read by people. */
function issuesOf(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
}
