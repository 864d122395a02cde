import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, integer, nat, property, tuple, uint8Array } from 'fast-check';

import type { Call, CallReader, UpstreamDialect } from '../call/call.js';
import { readEmbeddingsCall } from '../embeddings/embeddings-call.js';
import { readImageEditCall, readImageGenerationCall } from '../images/images-call.js';
import { sampleForm } from '../multipart/form-sample.js';
import { readRerankCall } from '../rerank/rerank-call.js';
import { sampleMp3, sampleWav } from '../sound/sound-sample.js';
import { readSpeechCall } from '../speech/speech-call.js';
import { readTranscriptionCall } from '../transcriptions/transcriptions-call.js';
import { closing, face, target } from './call-sample.js';

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const json = (body: object) => ({ body: Buffer.from(JSON.stringify({ model: 'm', ...body })), form: false });
const wav = sampleWav(100);

/** A good request for each reader. */
const requests: readonly (readonly [CallReader, UpstreamDialect, { body: Buffer; form: boolean }])[] = [
  [
    readEmbeddingsCall,
    'embeddings',
    json({ input: ['one', [1, 2], 'th\\"ree'], encoding_format: 'base64', user: 'u' }),
  ],
  [readImageGenerationCall, 'images', json({ prompt: 'p', n: 2, size: '64x64', stream: true, partial_images: 1 })],
  [readImageEditCall, 'images', json({ prompt: 'p', images: [{ image_url: 'https://a.example/b' }], mask: 'data:,' })],
  [
    readImageEditCall,
    'images',
    {
      body: sampleForm([
        { name: 'model', content: 'm' },
        { name: 'prompt', content: 'p' },
        { name: 'image[]', filename: 'a', content: png },
      ]),
      form: true,
    },
  ],
  [readSpeechCall, 'speech', json({ input: 'hello 你好', speed: 1.5, stream_format: 'sse', instructions: 'slowly' })],
  [
    readTranscriptionCall,
    'transcriptions',
    {
      body: sampleForm([
        { name: 'file', filename: 'a', content: wav },
        { name: 'model', content: 'm' },
        { name: 'stream', content: 'true' },
      ]),
      form: true,
    },
  ],
  [readRerankCall, 'rerank', json({ query: 'q', documents: ['a', { text: 'b' }], top_n: 1 })],
];

function read([reader, , { form }]: (typeof requests)[number], body: Buffer) {
  const contentType = form ? 'multipart/form-data; boundary=x-boundary-x' : 'application/json';
  return reader({ body, headers: { 'content-type': contentType }, path: '/', random: () => 0 });
}

function callOf(request: (typeof requests)[number]): Call | null {
  const reading = read(request, request[2].body);
  return 'call' in reading ? reading.call : null;
}

const changes = array(tuple(nat(), uint8Array({ maxLength: 4 }), nat(6)), { maxLength: 4 });

function mutated(body: Buffer, edits: readonly (readonly [number, Uint8Array, number])[]): Buffer {
  let bytes = body;
  for (const [place, inserted, dropped] of edits) {
    const at = place % (bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + dropped)]);
  }
  return bytes;
}

const answers = [
  '{"object":"list","data":[{"embedding":[1,2]},{"embedding":"AAAA"},{"embedding":[3]}],"usage":{"prompt_tokens":1}}',
  '{"created":1,"data":[{"b64_json":"AAAA"}],"usage":{"input_tokens":1,"output_tokens":2}}',
  '{"text":"hi","duration":"1.5","usage":{"type":"duration","seconds":2}}',
  '{"results":[{"index":0,"relevance_score":1}],"meta":{"billed_units":{"search_units":1}}}',
  '{"error":{"message":"no"}}',
].map((text) => Buffer.from(text));

const streams = [
  'event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","b64_json":"AA"}\n\ndata: {"type":"image_generation.completed","b64_json":"AA"}\r\n\r\nevent: image_generation.completed\ndata: {"type":"image_generation.completed","usage":{"input_tokens":1,"output_tokens":2}}\n\n',
  'data: {"type":"speech.audio.delta","audio":"AAAA"}\n\n: comment\n\ndata: {"type":"speech.audio.done","usage":{"input_tokens":1,"output_tokens":2}}\n\ndata: [DONE]\n\n',
  'data: {"type":"transcript.text.delta","delta":"h€"}\r\n\r\ndata: {"type":"transcript.text.done","text":"h€"}\r\n\r\n',
  '{"text":"whole","usage":{"type":"duration","seconds":2}}',
  sampleMp3(3).toString('latin1'),
].map((text, index) => Buffer.from(text, index === 4 ? 'latin1' : 'utf8'));

/** What a client is given of a stream that is cut into such reads. */
function streamed(call: Call, dialect: UpstreamDialect, stream: Buffer, cuts: readonly number[]) {
  const answer = call.openStream(target(dialect), face);
  const pieces: Buffer[] = [];
  let at = 0;
  for (const cut of cuts) {
    pieces.push(answer.feed(stream.subarray(at, at + cut)) ?? Buffer.alloc(0));
    at += cut;
  }
  pieces.push(answer.feed(stream.subarray(at)) ?? Buffer.alloc(0), answer.end() ?? Buffer.alloc(0));
  const { phase, usage, counted } = answer;
  if (phase === 'complete') pieces.push(answer.finish(closing({})));
  return { phase, usage, counted, text: Buffer.concat(pieces).toString('latin1') };
}

describe('calls that are no turn', () => {
  it('are read, or refused in words, whatever was sent', () => {
    assert(
      property(constantFrom(...requests), changes, (request, edits) => {
        const reading = read(request, mutated(request[2].body, edits));
        const said =
          'problem' in reading
            ? reading.problem.detail
            : Buffer.concat(reading.call.request(target(request[1])).body).toString();
        expect(said).not.toBe('');
      }),
      { numRuns: 3_000 },
    );
  });

  it('have their answers read, whatever came, and write them as JSON', () => {
    assert(
      property(constantFrom(...requests), constantFrom(...answers), changes, (request, body, edits) => {
        const answer = callOf(request)?.readAnswer(mutated(body, edits), target(request[1]), face);
        const isGood = answer?.isAnswer === true;
        const written = isGood
          ? answer.write(closing({}), answer.usage !== null).body.toString()
          : '"cost_nano_usd":"42"';
        expect(written).toContain('"cost_nano_usd":"42"');
      }),
      { numRuns: 2_000 },
    );
  });

  it('give the same stream wherever their reads end, broken ones too', () => {
    assert(
      property(
        constantFrom(...requests.filter((request) => callOf(request)?.facts.stream === true)),
        constantFrom(...streams),
        changes,
        array(integer({ min: 1, max: 60 }), { maxLength: 20 }),
        (request, stream, edits, cuts) => {
          const call = callOf(request);
          if (call === null) throw new Error('a good request was refused');
          const bytes = mutated(stream, edits);
          expect(streamed(call, request[1], bytes, cuts)).toEqual(streamed(call, request[1], bytes, []));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
