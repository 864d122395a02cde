import { describe, expect, it } from '@jest/globals';

import { proofDepth, proofSeed, proofTitle } from '@apilink/testing';

import { parsedJson, isRecord } from '../json/records.js';
import { ToldStream } from '../call/told-stream.js';
import { EventSplitter } from '../sse/event-splitter.js';
import { TranslatedStream } from '../turn/translated-stream.js';
import { turnEventViolations } from '../turn/turn-event-grammar.js';
import { turnUpstreams } from '../turn-readers.js';
import type { ClientDialect, UpstreamTurns } from '../turn/turn-dialect.js';
import { clients, asked, closing, face, played, sourceOf, traits, turnFaceOf, violationsOf } from './client-turns.js';
import { damagedBytes, damagedDocument, damagedStream, Dice } from './mutations.js';
import { recordedStreams } from './recorded-streams.js';
import { answers, eventsOf } from './turn-arbitraries.js';
import { AnswerAssembler } from '../turn/answer-assembler.js';
import * as fc from 'fast-check';

const STREAMS = proofDepth({ ci: 3000, soak: 100_000 });
const ANSWERS = proofDepth({ ci: 1500, soak: 50_000 });
const SLOWEST_MS = 1000;
/** A delta of one letter becomes an event of a few hundred bytes; nothing becomes more than that often as long. */
const GROWTH_MAX = 60;

const sound = recordedStreams().flatMap((recording) => {
  const upstream = turnUpstreams.find(({ name }) => name === recording.dialect);
  return upstream === undefined ? [] : [{ bytes: recording.bytes, upstream }];
});
const faces = new Map(clients.map((client) => [client.name, turnFaceOf(client)]));

/** Reads of random lengths. */
function reads(bytes: Buffer, dice: Dice): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + dice.below(dice.next() < 0.5 ? 20 : 2000);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** Whatever the upstream sent, what the client gets is by the rules of its dialect up to the end, and ends as one of them. */
function checkTranslated(client: ClientDialect, upstream: UpstreamTurns, pieces: readonly Buffer[]): void {
  const told = new ToldStream();
  const turn = faces.get(client.name);
  if (turn === undefined) return;
  const stream = new TranslatedStream(upstream.openReader(traits), client.openWriter(turn, told));
  const { bytes, facts } = played(stream, pieces);
  expect(['complete', 'failed', 'malformed', 'cut']).toContain(stream.phase);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  expect(bytes.length).toBeLessThan(GROWTH_MAX * length + 20_000);
  if (bytes.length === 0) return;
  const error = { message: 'gone', type: 'server_error', status: 502, code: 'upstream_error' };
  const end = stream.phase === 'complete' ? Buffer.alloc(0) : client.brokenStream(error, face, told);
  // What a model writes as arguments is passed on as it comes, JSON or not.
  const violations = violationsOf(client.name, Buffer.concat([bytes, end])).filter(
    (violation) => !violation.endsWith('is no JSON object'),
  );
  expect({ facts, violations }).toMatchObject({ violations: [] });
}

function checkEvents(upstream: UpstreamTurns, bytes: Buffer): void {
  const reader = upstream.openReader(traits);
  const splitter = new EventSplitter();
  const events = [...splitter.split(bytes), ...[splitter.rest()].filter((rest) => rest !== null)].flatMap(
    ({ name, data }) => (data === null ? [] : (reader.read({ name, data: data.toString() }) ?? [])),
  );
  const over = events.findIndex(({ kind }) => kind === 'over' || kind === 'failed');
  const heard = over < 0 ? [...events, ...reader.end()] : events.slice(0, over + 1);
  expect(turnEventViolations(heard)).toEqual([]);
}

function checkPassed(client: ClientDialect, pieces: readonly Buffer[]): void {
  const { path, document } = asked[client.name];
  const reading = client.read(sourceOf(path, document));
  if ('problem' in reading) throw new Error(reading.problem.detail);
  const target = { dialect: client.name, model: 'up', maxTokens: null, maxOutputTokens: 8000, traits };
  played(reading.passing.openStream(target, face, new ToldStream()), pieces);
}

describe(`damaged streams ${proofTitle(STREAMS)}`, () => {
  it('end no process, hang nowhere, and leave every client with a stream by its rules', () => {
    const dice = new Dice(proofSeed);
    let slowest = { ms: 0, stream: '' };
    for (let count = 0; count < STREAMS; count++) {
      const recording = sound[dice.below(sound.length)];
      const client = clients[dice.below(clients.length)];
      if (recording === undefined || client === undefined) continue;
      const { upstream } = recording;
      const bytes = damagedStream(recording.bytes, dice);
      const pieces = reads(bytes, dice);
      const since = performance.now();
      try {
        checkEvents(upstream, bytes);
        checkTranslated(client, upstream, pieces);
        const own = clients.find(({ name }) => name === upstream.name);
        if (own !== undefined) checkPassed(own, pieces);
      } catch (error) {
        throw new Error(`${upstream.name} for ${client.name}:\n${bytes.toString()}`, { cause: error });
      }
      const ms = performance.now() - since;
      if (ms > slowest.ms) slowest = { ms, stream: bytes.toString() };
    }
    expect(slowest.ms < SLOWEST_MS ? null : slowest).toBeNull();
  });

  it('so do damaged answers that come whole', () => {
    const dice = new Dice(proofSeed);
    const written = fc.sample(answers, { numRuns: 20, seed: 1 }).flatMap((sample) => {
      const assembler = new AnswerAssembler();
      for (const event of eventsOf(sample)) assembler.take(event);
      const answer = assembler.answer({ usage: closing.usage, problem: null, serviceTier: null });
      return clients.map((client) => ({
        client,
        bytes: client.writeAnswer(answer, closing, turnFaceOf(client)).body,
      }));
    });
    let answered = 0;
    for (let count = 0; count < ANSWERS; count++) {
      const sent = written[dice.below(written.length)];
      const client = clients[dice.below(clients.length)];
      if (sent === undefined || client === undefined) continue;
      const upstream = turnUpstreams.find(({ name }) => name === sent.client.name);
      const isText = dice.next() < 0.3;
      const text = isText
        ? damagedBytes(sent.bytes, dice).toString()
        : JSON.stringify(damagedDocument(JSON.parse(sent.bytes.toString()), dice));
      const document = parsedJson(text);
      if (upstream === undefined || !isRecord(document)) continue;
      try {
        const reading = upstream.readAnswer(document, traits);
        if (reading === null || 'failure' in reading) continue;
        const turn = faces.get(client.name);
        answered++;
        if (turn !== undefined) JSON.parse(client.writeAnswer(reading.answer, closing, turn).body.toString());
      } catch (error) {
        throw new Error(`${upstream.name} for ${client.name}: ${text}`, { cause: error });
      }
    }
    expect(answered).toBeGreaterThan(ANSWERS / 4);
  });
});
