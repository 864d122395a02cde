import { describe, expect, it } from '@jest/globals';
import { parseTraceparent, type Tracing } from '@apilink/service';

import type { EventBatch, LoggedEvent } from './event-log.js';
import { TracedBatch } from './traced-batch.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SAMPLED = `00-${TRACE}-b7ad6b7169203331-01`;
const UNSAMPLED = `00-${TRACE}-b7ad6b7169203331-00`;

function logged(id: string, traceparent?: string): LoggedEvent {
  const rest = {
    topic: 'usage.v1',
    key: 'acc',
    type: 'usage.final',
    source: 'edge',
    time: 1,
    partition: 3,
    offset: 0n,
  };
  return { ...rest, id, body: '{}', ...(traceparent === undefined ? {} : { traceparent }) };
}

function batchOf(...events: readonly LoggedEvent[]): EventBatch {
  return { topic: 'usage.v1', partition: 3, events };
}

/** What became of each span, by the id of its event. */
class Recorder implements Tracing {
  readonly ends = new Map<unknown, string>();
  readonly parents: unknown[] = [];

  span(name: string, { parent }: Parameters<Tracing['span']>[1]): ReturnType<Tracing['span']> {
    if (parent === null || !parent.sampled) return null;
    this.parents.push([name, parent.spanId]);
    let id: unknown = null;
    return {
      context: { ...parent, spanId: 'c'.repeat(16) },
      setAttributes: (attributes) => {
        id = attributes['messaging.message.id'];
      },
      end: (options) => {
        this.ends.set(id, options?.error ?? 'ok');
      },
    };
  }

  async shutdown(): Promise<void> {}
}

describe('TracedBatch', () => {
  it('hands each sampled event over under a span of its own, which is the child of its publisher’s', () => {
    const tracing = new Recorder();
    const events = [logged('plain'), logged('sampled', SAMPLED), logged('unsampled', UNSAMPLED)];
    const traced = new TracedBatch(batchOf(...events), { tracing, group: 'billing' });
    expect(tracing.parents).toEqual([['process usage.v1', 'b7ad6b7169203331']]);
    expect(traced.batch.events[0]).toBe(events[0]);
    expect(traced.batch.events[2]).toBe(events[2]);
    expect(parseTraceparent(traced.batch.events[1]?.traceparent)).toEqual({
      traceId: TRACE,
      spanId: 'c'.repeat(16),
      sampled: true,
    });
    traced.handled([]);
    expect([...tracing.ends]).toEqual([['sampled', 'ok']]);
  });

  it('gives poison back as it came, so that the dead letter is the original', () => {
    const tracing = new Recorder();
    const events = [logged('bad', SAMPLED), logged('good', SAMPLED), logged('worse')];
    const traced = new TracedBatch(batchOf(...events), { tracing, group: 'billing' });
    const poison = traced.batch.events.flatMap((event) => (event.id === 'good' ? [] : [{ event, reason: 'why' }]));
    expect(traced.handled(poison).map(({ event }) => event)).toEqual([events[0], events[2]]);
    expect(Object.fromEntries(tracing.ends)).toEqual({ bad: 'poison', good: 'ok' });
  });

  it('ends its spans as failed when the batch has to come again', () => {
    const tracing = new Recorder();
    new TracedBatch(batchOf(logged('a', SAMPLED)), { tracing, group: 'billing' }).failed();
    expect([...tracing.ends]).toEqual([['a', 'retry']]);
  });

  it('costs nothing where no event carries a trace', () => {
    const batch = batchOf(logged('plain'));
    expect(new TracedBatch(batch, { tracing: new Recorder(), group: 'billing' }).batch).toBe(batch);
  });
});
