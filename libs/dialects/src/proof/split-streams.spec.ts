import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { proofDepth, proofSeed, proofTitle } from '@apilink/testing';

import { ToldStream } from '../call/told-stream.js';
import { turnUpstreams } from '../turn-readers.js';
import type { ClientDialect, UpstreamTurns } from '../turn/turn-dialect.js';
import { clients, face, played, translated, violationsOf } from './client-turns.js';
import { recordedStreams, type RecordedStream } from './recorded-streams.js';

const RUNS = proofDepth({ ci: 6, soak: 2000 });

interface Pair {
  readonly recording: RecordedStream;
  readonly client: ClientDialect;
  readonly upstream: UpstreamTurns;
}

const pairs: Pair[] = recordedStreams().flatMap((recording) => {
  const upstream = turnUpstreams.find(({ name }) => name === recording.dialect);
  return upstream === undefined ? [] : clients.map((client) => ({ recording, client, upstream }));
});

const lineEnds = ['\n', '\r\n', '\r'];

function withLineEnds(bytes: Buffer, lineEnd: string): Buffer {
  return Buffer.from(bytes.toString().replaceAll(/\r\n|\n/g, lineEnd));
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
    (one, other) => one - other,
  );
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

describe('a recorded stream that is translated', () => {
  it.each(pairs.map((pair): [string, Pair] => [`${pair.recording.name} for ${pair.client.name}`, pair]))(
    'is the same however it is cut and whatever ends its lines: %s',
    (_name, { recording, client, upstream }) => {
      const whole = played(translated(client, upstream), [recording.bytes]);
      for (const lineEnd of lineEnds) {
        const bytes = withLineEnds(recording.bytes, lineEnd);
        const single = [...bytes.keys()].map((at) => bytes.subarray(at, at + 1));
        expect(played(translated(client, upstream), single)).toEqual(whole);
      }
      const cuts = fc.array(fc.nat(), { maxLength: 12 });
      fc.assert(
        fc.property(cuts, fc.constantFrom(...lineEnds), (places, lineEnd) => {
          const reads = cutAt(withLineEnds(recording.bytes, lineEnd), places);
          expect(played(translated(client, upstream), reads)).toEqual(whole);
        }),
        { numRuns: RUNS, seed: proofSeed },
      );
    },
  );

  it.each(
    pairs.filter(canHappen).map((pair): [string, Pair] => [`${pair.recording.name} for ${pair.client.name}`, pair]),
  )('follows the rules of its client: %s', (_name, { recording, client, upstream }) => {
    const told = new ToldStream();
    const { bytes, facts } = played(translated(client, upstream, told), [recording.bytes]);
    const end = recording.isFailed ? client.brokenStream(broken, face, told) : Buffer.alloc(0);
    expect(facts).toMatchObject({ phase: recording.isFailed ? 'failed' : 'complete' });
    // A stream that was told nothing of is answered with a status, not with an error event.
    const isTold = bytes.length > 0;
    expect(isTold ? violationsOf(client.name, Buffer.concat([bytes, end])) : []).toEqual([]);
  });

  it(`was tested with random cuts ${proofTitle(RUNS)}`, () => {
    expect(pairs.length).toBeGreaterThan(20);
  });
});

/** No upstream is told of custom tools by a client whose dialect has none. */
function canHappen({ recording, client }: Pair): boolean {
  return !recording.name.includes('custom_tool_call') || client.name === 'chat' || client.name === 'responses';
}

const broken = { message: 'gone', type: 'server_error', status: 502, code: 'upstream_error' };
