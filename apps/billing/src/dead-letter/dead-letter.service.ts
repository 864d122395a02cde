import { deadLetterTopic, topics, type billingApi } from '@apilink/contracts';
import { readDeadLetter, replayOf, type EventLog, type LoggedEvent } from '@apilink/events';
import type { Database } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import type { z } from 'zod';

import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import { deadLetterIdOf, parseDeadLetterId, type DeadLetterPlace } from './dead-letter.domain.js';
import type { DeadLetterRepository } from './dead-letter.repository.js';

export type DeadLetterView = z.output<typeof billingApi.deadLetterSchema>;

const deadLetterTopics: readonly string[] = Object.values(topics).map(({ name }) => deadLetterTopic(name));

/** Events that could not be handled: read from the log, put back by publishing the original bytes again. */
export class DeadLetterService {
  constructor(
    private readonly log: Pick<EventLog, 'endOffsets' | 'read' | 'publish'>,
    private readonly database: Database,
    private readonly replays: DeadLetterRepository,
    private readonly staffActions: StaffActionRepository,
  ) {}

  /** By topic, partition and offset, after a cursor (the id of the last one seen). */
  async list(
    after: string | null,
    limit: number,
  ): Promise<{ deadLetters: readonly DeadLetterView[]; nextCursor: string | null }> {
    const from = after === null ? null : place(after);
    const events: LoggedEvent[] = [];
    for (const topic of deadLetterTopics.filter((name) => from === null || name >= from.topic).toSorted()) {
      const ends = await this.log.endOffsets(topic);
      for (const partition of [...ends.keys()].toSorted((left, right) => left - right)) {
        if (events.length > limit) break;
        const offset = firstOffset({ topic, partition, offset: 0n }, from);
        if (offset !== null && offset < (ends.get(partition) ?? 0n)) {
          events.push(...(await this.log.read(topic, partition, offset, limit + 1 - events.length)));
        }
      }
    }
    const deadLetters = await this.#views(events.slice(0, limit));
    return { deadLetters, nextCursor: events.length > limit ? (deadLetters.at(-1)?.id ?? null) : null };
  }

  async show(id: string): Promise<DeadLetterView> {
    const [view] = await this.#views([await this.#event(id)]);
    if (view === undefined) throw notFound(id);
    return view;
  }

  /** Publishes first and marks then: a crash in between only lets the same event come twice, which changes nothing. */
  async replay(id: string, actor: string): Promise<DeadLetterView> {
    const original = replayOf(await this.#event(id));
    if (original === null) throw notFound(id);
    await this.log.publish([original]);
    await this.database.transaction(async (sql) => {
      await this.replays.markReplayed(sql, id, actor);
      await this.staffActions.record(sql, {
        actor,
        action: 'dead_letter.replay',
        subject: id,
        detail: { eventId: original.id, topic: original.topic },
      });
    });
    return this.show(id);
  }

  async #event(id: string): Promise<LoggedEvent> {
    const { topic, partition, offset } = place(id);
    if ((await this.log.endOffsets(topic)).get(partition) === undefined) throw notFound(id);
    const [event] = await this.log.read(topic, partition, offset, 1);
    if (event === undefined || event.offset !== offset) throw notFound(id);
    return event;
  }

  async #views(events: readonly LoggedEvent[]): Promise<readonly DeadLetterView[]> {
    const replays = await this.replays.findReplays(events.map(deadLetterIdOf));
    return events.map((event) => {
      const id = deadLetterIdOf(event);
      const letter = readDeadLetter(event);
      return {
        id,
        topic: event.topic,
        key: event.key,
        eventId: event.id,
        eventType: event.type,
        error: letter?.error ?? '',
        origin: letter === null ? '' : deadLetterIdOf(letter),
        attempts: letter?.attempts ?? 0,
        deadAt: letter?.diedAt ?? event.time,
        body: event.body ?? '',
        replayedAt: replays.get(id) ?? null,
      };
    });
  }
}

/** Where reading of a partition begins after a cursor; null when the whole partition lies before it. */
function firstOffset(start: DeadLetterPlace, cursor: DeadLetterPlace | null): bigint | null {
  if (cursor === null || start.topic !== cursor.topic) return start.offset;
  if (start.partition < cursor.partition) return null;
  return start.partition === cursor.partition ? cursor.offset + 1n : start.offset;
}

function place(id: string): DeadLetterPlace {
  const parsed = parseDeadLetterId(id);
  if (parsed === null || !deadLetterTopics.includes(parsed.topic)) throw notFound(id);
  return parsed;
}

function notFound(id: string): ApiError {
  return new ApiError('not_found', { detail: `the dead letter ${id.slice(0, 200)}` });
}
