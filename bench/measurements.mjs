import { behaviours, modelOf } from './catalog.mjs';

const whole = modelOf(behaviours.whole);
const perRequest = (answer) => answer.cpu_us_req;
/** 150 streams of 100 events a second, begun over a second, so that events come one by one and not in waves. */
const streams = { connections: 150, bytes: 1024, stream: true, rampMs: 1000, model: modelOf(behaviours.stream) };

/**
 * What is measured on the base and on the edge, or on its lane alone (lane-process.mjs), in turn. `read` takes the figure
 * out of the load generator's answer; `compare` says what the target is about: the ratio of the two, or their difference.
 *
 * Requests of the edge come at a fixed rate that the embedded gate can admit, the same for both: an idle process pays
 * more for each wake-up than a busy one, so that figures at different rates are not comparable. The lane has no gate,
 * and is asked as fast as it goes.
 */
export const pairMeasurements = [
  {
    id: 'request',
    title: 'CPU per request, 1 KB, 150/s',
    of: 'edge',
    unit: 'µs',
    compare: 'ratio',
    target: 2.5,
    load: { connections: 64, bytes: 1024, rate: 150, model: whole },
    read: perRequest,
  },
  {
    id: 'event',
    title: 'CPU per SSE event, 15,000/s',
    of: 'edge',
    unit: 'µs',
    compare: 'ratio',
    target: 1.2,
    load: streams,
    read: (answer) => answer.cpu_us_evt,
  },
  {
    id: 'first-token',
    title: 'First token, p50, 50/s',
    of: 'edge',
    unit: 'ms',
    compare: 'difference',
    target: 1,
    load: { connections: 64, bytes: 1024, stream: true, rate: 50, model: modelOf(behaviours.firstToken) },
    read: (answer) => answer.ttfb_us.p50 / 1000,
  },
  {
    id: 'body-40k',
    title: 'CPU per request, 40 KB, 100/s',
    of: 'edge',
    unit: 'µs',
    compare: 'ratio',
    target: 1.5,
    load: { connections: 64, bytes: 40_000, rate: 100, model: whole },
    read: perRequest,
  },
  {
    id: 'body-400k',
    title: 'CPU per request, 400 KB, 40/s',
    of: 'edge',
    unit: 'µs',
    compare: 'ratio',
    target: 2.2,
    load: { connections: 32, bytes: 400_000, rate: 40, model: whole },
    read: perRequest,
  },
  {
    id: 'lane-request',
    title: 'Lane alone, full speed: 1 KB',
    of: 'lane',
    unit: 'µs',
    compare: 'ratio',
    target: 2.5,
    load: { connections: 32, bytes: 1024, model: whole },
    read: perRequest,
  },
  {
    id: 'lane-40k',
    title: 'Lane alone, full speed: 40 KB',
    of: 'lane',
    unit: 'µs',
    compare: 'ratio',
    target: 1.5,
    load: { connections: 16, bytes: 40_000, model: whole },
    read: perRequest,
  },
  {
    id: 'lane-400k',
    title: 'Lane alone, full speed: 400 KB',
    of: 'lane',
    unit: 'µs',
    compare: 'ratio',
    target: 2.2,
    load: { connections: 8, bytes: 400_000, model: whole },
    read: perRequest,
  },
  {
    id: 'lane-first-token',
    title: 'Lane alone: first token, p50, 50/s',
    of: 'lane',
    unit: 'ms',
    compare: 'difference',
    target: 1,
    load: { connections: 64, bytes: 1024, stream: true, rate: 50, model: modelOf(behaviours.firstToken) },
    read: (answer) => answer.ttfb_us.p50 / 1000,
  },
];

/** Until the compiler of the engine has seen a path some thousand times, it costs several times as much. */
export const warmUps = [
  { target: 'base', load: { connections: 32, bytes: 1024, model: whole } },
  { target: 'edge', load: { connections: 32, bytes: 1024, model: whole } },
  { target: 'edge', load: { connections: 32, bytes: 1024, stream: true, model: modelOf(behaviours.firstToken) } },
  { target: 'lane', load: { connections: 32, bytes: 1024, model: whole } },
  { target: 'base', load: streams },
  { target: 'edge', load: streams },
];

/** Streams that say one word and then nothing; what they add to the resident memory of a process that has rested. */
export const idleStreams = {
  id: 'idle-stream',
  title: 'Memory per idle stream',
  unit: 'KB',
  compare: 'edge',
  target: 40,
  streams: 2_000,
  load: { bytes: 1024, stream: true, isIdle: true, rampMs: 8_000, model: modelOf(behaviours.silence) },
};

/** The edge as fast as the embedded gate and this machine let it. */
export const fullLoad = { connections: 32, bytes: 1024, model: whole };
