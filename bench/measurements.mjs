import { behaviours, modelOf } from './catalog.mjs';

const whole = modelOf(behaviours.whole);
const perRequest = (answer) => answer.cpu_us_req;
const perEvent = (answer) => answer.cpu_us_evt;
const firstTokenMs = (answer) => answer.ttfb_us.p50 / 1000;

/** Asked as fast as it goes: an idle process pays more for each wake-up than a busy one. */
const requests = { connections: 32, bytes: 1024, model: whole };
/** 150 streams of 100 events a second, begun over a second, so that events come one by one and not in waves. */
const streams = { connections: 150, bytes: 1024, stream: true, rampMs: 1000, model: modelOf(behaviours.stream) };
const firstTokens = { connections: 64, bytes: 1024, stream: true, rate: 50, model: modelOf(behaviours.firstToken) };

const inDialect = (dialect) => ({ ...streams, path: `/v1/${dialect}`, model: modelOf(behaviours.stream, dialect) });
/** A chat client whose model is offered over Messages alone. */
const translated = { ...streams, model: modelOf(behaviours.stream, 'messages') };

const cpuRatio = { unit: 'µs', compare: 'ratio' };

/**
 * What is measured on the base and on one other process of a topology, in turn. `read` takes the figure out of the load
 * generator's answer; `compare` says what the target is about: the ratio of the two, or their difference.
 */
const distributed = [
  {
    id: 'request',
    title: 'CPU per request of 1 KB',
    of: 'edge',
    ...cpuRatio,
    target: 2,
    load: requests,
    read: perRequest,
  },
  {
    id: 'event',
    title: 'CPU per SSE event, 15,000/s',
    of: 'edge',
    ...cpuRatio,
    target: 1.15,
    load: streams,
    read: perEvent,
  },
  {
    id: 'event-messages',
    title: 'The same, Messages',
    of: 'edge',
    ...cpuRatio,
    target: 1.15,
    load: inDialect('messages'),
    read: perEvent,
  },
  {
    id: 'event-responses',
    title: 'The same, Responses',
    of: 'edge',
    ...cpuRatio,
    target: 1.15,
    load: inDialect('responses'),
    read: perEvent,
  },
  {
    id: 'event-translated',
    title: 'The same, chat from Messages',
    of: 'edge',
    ...cpuRatio,
    target: 2,
    load: translated,
    read: perEvent,
  },
  {
    id: 'first-token',
    title: 'First token, p50, 50/s',
    of: 'edge',
    unit: 'ms',
    compare: 'difference',
    target: 1,
    load: firstTokens,
    read: firstTokenMs,
  },
  {
    id: 'body-40k',
    title: 'CPU per request of 40 KB',
    of: 'edge',
    ...cpuRatio,
    target: 1.5,
    load: { ...requests, connections: 16, bytes: 40_000 },
    read: perRequest,
  },
  {
    id: 'body-400k',
    title: 'CPU per request of 400 KB',
    of: 'edge',
    ...cpuRatio,
    target: 2.2,
    load: { ...requests, connections: 8, bytes: 400_000 },
    read: perRequest,
  },
];

/**
 * The embedded gate admits some hundred requests a second: the edge on it is judged by the same targets as its lane alone,
 * with gate and event log taken away (lane-process.mjs).
 */
const embedded = [
  {
    id: 'lane-request',
    title: 'Lane alone: CPU per request of 1 KB',
    of: 'lane',
    ...cpuRatio,
    target: 2.5,
    load: requests,
    read: perRequest,
  },
  {
    id: 'lane-event',
    title: 'Lane alone: CPU per SSE event, 15,000/s',
    of: 'lane',
    ...cpuRatio,
    target: 1.2,
    load: streams,
    read: perEvent,
  },
  {
    id: 'lane-first-token',
    title: 'Lane alone: first token, p50, 50/s',
    of: 'lane',
    unit: 'ms',
    compare: 'difference',
    target: 1,
    load: firstTokens,
    read: firstTokenMs,
  },
  {
    id: 'request',
    title: 'Embedded gate: CPU per request of 1 KB, 150/s',
    of: 'edge',
    ...cpuRatio,
    target: 2.5,
    load: { ...requests, connections: 64, rate: 150 },
    read: perRequest,
  },
  {
    id: 'first-token',
    title: 'Embedded gate: first token, p50, 50/s',
    of: 'edge',
    unit: 'ms',
    compare: 'difference',
    target: 1,
    load: firstTokens,
    read: firstTokenMs,
  },
  {
    id: 'event',
    title: 'Embedded gate: CPU per SSE event, 15,000/s',
    of: 'edge',
    ...cpuRatio,
    target: 1.2,
    load: streams,
    read: perEvent,
  },
];

export const pairMeasurements = { distributed, embedded };

/** Until the compiler of the engine has seen a path some thousand times, it costs several times as much. */
export const warmUps = ['base', 'edge', 'lane'].flatMap((target) =>
  [requests, streams].map((load) => ({ target, load })),
);

/** Streams that say one word and then nothing; what they add to the resident memory of a process that has rested. */
export const idleStreams = {
  id: 'idle-stream',
  title: 'Memory per idle stream',
  unit: 'KB',
  compare: 'edge',
  target: 40,
  streams: { distributed: 5_000, embedded: 2_000 },
  load: { bytes: 1024, stream: true, isIdle: true, rampMs: 8_000, model: modelOf(behaviours.silence) },
};

/** The edge as fast as its gate and this machine let it. */
export const fullLoad = requests;

/** What leaves an opening and a final in the log for each request; one that ends at once is told by its final alone. */
export const backlog = { connections: 192, bytes: 1024, stream: true, model: modelOf(behaviours.late) };
