import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { proofDepth, proofSeed, proofTitle } from '@apilink/testing';

import { isRecord, parsedJson } from '../json/records.js';
import { ToldStream } from '../call/told-stream.js';
import { EventSplitter } from '../sse/event-splitter.js';
import { AnswerAssembler } from '../turn/answer-assembler.js';
import { turnUpstreams } from '../turn-readers.js';
import type { TurnAnswer } from '../turn/turn-answer.js';
import type { ClientDialect, UpstreamTurns } from '../turn/turn-dialect.js';
import type { TurnRequest, TurnTarget } from '../turn/turn-request.js';
import { clients, asked, closing, sourceOf, traits, turnFaceOf, violationsOf } from './client-turns.js';
import { answers, eventsOf, turns, type Answered } from './turn-arbitraries.js';
import { meaningOfAnswer, meaningOfTurn } from './turn-meaning.js';

const RUNS = proofDepth({ ci: 60, soak: 20_000 });
const runs = { numRuns: RUNS, seed: proofSeed };

/** Dialects that are spoken on both sides. */
const both = clients.flatMap((client): [string, ClientDialect, UpstreamTurns][] => {
  const upstream = turnUpstreams.find(({ name }) => name === client.name);
  return upstream === undefined ? [] : [[client.name, client, upstream]];
});
const journeys = both.flatMap(([one, , first]) =>
  both
    .filter(([other]) => other !== one)
    .map(([other]): [string, string, UpstreamTurns] => [`${one} → ${other} → ${one}`, other, first]),
);

const target: TurnTarget = { model: 'm', maxTokens: null, maxOutputTokens: 8000, maxTokensKey: null };

/** Responses has no stop sequences. */
function sayableIn(names: readonly string[]): fc.Arbitrary<TurnRequest> {
  if (!names.includes('responses')) return turns;
  return turns.map((turn) => ({ ...turn, sampling: { ...turn.sampling, stop: [] } }));
}

/** The turn as an upstream of that dialect is told it, read as a gateway in front of it would read it. */
function said(turn: TurnRequest, client: ClientDialect, upstream: UpstreamTurns): TurnRequest {
  const writing = upstream.writeRequest(turn, target);
  if ('problem' in writing) throw new Error(`${client.name} cannot say it: ${JSON.stringify(writing.problem)}`);
  const document = parsedJson(JSON.stringify(writing.body));
  if (!isRecord(document)) throw new Error('no object');
  const reading = client.readTurn(document, sourceOf(asked[client.name].path, document));
  if ('problem' in reading) throw new Error(`${client.name} cannot read it: ${JSON.stringify(reading.problem)}`);
  return reading.turn;
}

function answerOf(answered: Answered): TurnAnswer {
  const assembler = new AnswerAssembler();
  for (const event of eventsOf(answered)) assembler.take(event);
  return assembler.answer({ usage: closing.usage, problem: null, serviceTier: null });
}

describe(`a round trip ${proofTitle(RUNS)}`, () => {
  it.each(both)('keeps the meaning of a request in %s', (_name, client, upstream) => {
    fc.assert(
      fc.property(sayableIn([client.name]), (turn) => {
        expect(meaningOfTurn(said(turn, client, upstream))).toEqual(meaningOfTurn(turn));
      }),
      runs,
    );
  });

  it.each(journeys)('keeps the meaning of a request on the way %s', (way, other) => {
    const [one] = way.split(' ');
    const legs = [one, other, one].map((name) => both.find(([known]) => known === name));
    fc.assert(
      fc.property(sayableIn([one ?? '', other]), (turn) => {
        let now = turn;
        for (const leg of legs) if (leg !== undefined) now = said(now, leg[1], leg[2]);
        expect(meaningOfTurn(now)).toEqual(meaningOfTurn(turn));
      }),
      { ...runs, numRuns: Math.ceil(RUNS / 4) },
    );
  });

  it.each(both)('keeps the meaning of a whole answer in %s', (_name, client, upstream) => {
    fc.assert(
      fc.property(answers, (answered) => {
        const answer = answerOf(answered);
        const { body } = client.writeAnswer(answer, closing, turnFaceOf(client));
        const document = parsedJson(body.toString());
        const reading = isRecord(document) ? upstream.readAnswer(document, traits) : null;
        if (reading === null || 'failure' in reading) throw new Error(`no answer: ${body.toString()}`);
        expect(meaningOfAnswer(reading.answer)).toEqual(meaningOfAnswer(answer));
        expect(reading.answer.usage.usage).toMatchObject({ input: 20, cacheRead: 4, output: 5 });
      }),
      runs,
    );
  });

  it.each(both)('keeps the meaning of a streamed answer in %s, and follows the rules', (name, client, upstream) => {
    fc.assert(
      fc.property(answers, (answered) => {
        const writer = client.openWriter(turnFaceOf(client), new ToldStream());
        const written = eventsOf(answered).map((event) => writer.write(event) ?? Buffer.alloc(0));
        const bytes = Buffer.concat([...written, writer.finish(closing, { forced: null, serviceTier: null })]);
        expect(violationsOf(client.name, bytes)).toEqual([]);
        const reader = upstream.openReader(traits);
        const assembler = new AnswerAssembler();
        for (const { name: event, data } of new EventSplitter().split(bytes)) {
          for (const told of reader.read({ name: event, data: data?.toString() ?? '' }) ?? []) assembler.take(told);
        }
        for (const told of reader.end()) assembler.take(told);
        expect([name, meaningOfAnswer(assembler.answer(reader.usage))]).toEqual([
          name,
          meaningOfAnswer(answerOf(answered)),
        ]);
      }),
      runs,
    );
  });
});
