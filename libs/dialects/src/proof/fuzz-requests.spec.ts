import { describe, expect, it } from '@jest/globals';

import { proofDepth, proofSeed, proofTitle } from '@apilink/testing';

import type { Call, CallTarget } from '../call/call.js';
import { parsedJson, isRecord } from '../json/records.js';
import { readTurnCall } from '../turn/turn-call.js';
import { turnUpstreams } from '../turn-readers.js';
import { closing, face, sourceOf, traits } from './client-turns.js';
import { damagedBytes, damagedDocument, Dice } from './mutations.js';
import { soundRequests, type SoundRequest } from './request-corpus.js';

const BODIES = proofDepth({ ci: 3000, soak: 100_000 });

/** Far above what the slowest damaged request takes, far below what a client would call a hang. */
const SLOWEST_MS = 1000;
/** What is written for an upstream grows with the request, not beyond it: escapes take six bytes for one. */
const GROWTH_MAX = 12;

const sound = soundRequests();

function damagedBody({ document }: SoundRequest, dice: Dice): Buffer {
  if (dice.next() < 0.3) return damagedBytes(Buffer.from(JSON.stringify(document)), dice);
  return Buffer.from(JSON.stringify(damagedDocument(document, dice)));
}

/** Everything that the edge does with a call before it has an answer. */
function useCall(call: Call, body: Buffer): void {
  expect(Number.isFinite(call.facts.estimatedTextTokens)).toBe(true);
  for (const dialect of call.spoken) {
    const problem = call.problemFor(dialect);
    if (problem !== null) continue;
    const target: CallTarget = { dialect, model: 'up', maxTokens: 50, maxOutputTokens: 8000, traits };
    const written = Buffer.concat(call.request(target).body);
    // Passed bytes may hold a broken string, which the provider refuses; what we write ourselves may not.
    const isPassed = dialect === call.spoken[0];
    expect(isPassed || isRecord(parsedJson(written.toString()))).toBe(true);
    expect(written.length).toBeLessThan(GROWTH_MAX * body.length + 20_000);
    expect(call.openStream(target, face).end()).toBeNull();
  }
  call.keepAlive(face);
  call.brokenStream({ message: 'm', type: 't', status: 502, code: 'c' }, face);
  call.exhausted(closing, face);
}

describe(`damaged requests ${proofTitle(BODIES)}`, () => {
  it('end no process and hang nowhere: each is refused in words, or said to every upstream in bounds', () => {
    const dice = new Dice(proofSeed);
    let refused = 0;
    let slowest = { ms: 0, body: '' };
    for (let count = 0; count < BODIES; count++) {
      const request = sound[dice.below(sound.length)];
      if (request === undefined) continue;
      const body = damagedBody(request, dice);
      const source = { ...sourceOf(request.path, {}), body };
      const since = performance.now();
      try {
        const reading = readTurnCall(source, request.client, turnUpstreams);
        if ('problem' in reading) refused++;
        else useCall(reading.call, body);
      } catch (error) {
        throw new Error(`${request.client.name}: ${body.toString()}`, { cause: error });
      }
      const ms = performance.now() - since;
      if (ms > slowest.ms) slowest = { ms, body: body.toString().slice(0, 2000) };
    }
    expect(refused).toBeGreaterThan(BODIES / 20);
    expect(refused).toBeLessThan(BODIES);
    expect(slowest.ms < SLOWEST_MS ? null : slowest).toBeNull();
  });
});
