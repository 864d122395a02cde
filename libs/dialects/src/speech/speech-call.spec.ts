import { describe, expect, it } from '@jest/globals';

import type { Call, CallReading } from '../call/call.js';
import { closing, face, target } from '../passing/call-sample.js';
import { sampleWav } from '../sound/sound-sample.js';
import { readSpeechCall } from './speech-call.js';

const read = (body: object): CallReading =>
  readSpeechCall({
    body: Buffer.from(JSON.stringify({ model: 'acme/voice', voice: 'alloy', ...body })),
    headers: {},
    path: '/v1/audio/speech',
    random: () => 0,
  });
const call = (body: object): Call => {
  const reading = read({ input: 'Hello world', ...body });
  if ('problem' in reading) throw new Error(reading.problem.detail);
  return reading.call;
};
const open = (body: object) => call(body).openStream(target('speech'), face);

describe('speech', () => {
  it('is held for by its characters, and by the audio of text that is spoken slowly', () => {
    const { units, stream } = call({ input: '你好 a😀' }).facts;
    expect(stream).toBe(true);
    expect(units?.characters).toBe(5);
    // 1,250 audio tokens a minute of gpt-4o-mini-tts.
    expect(units?.outputTokensMax).toBeGreaterThan(((units?.audioMillisecondsMax ?? 0) * 1_250) / 60_000);
    const slow = call({ speed: 0.25 }).facts.units?.audioMillisecondsMax ?? 0;
    expect(slow).toBe(4 * (call({}).facts.units?.audioMillisecondsMax ?? 0));
  });

  it('passes byte for byte, with the upstream’s content type, and is measured on its way', () => {
    const sound = sampleWav(1_500);
    for (const size of [1_000, 44, sound.length]) {
      const stream = open({ response_format: 'wav' });
      stream.head?.('audio/wav');
      const passed: Buffer[] = [];
      for (let at = 0; at < sound.length; at += size) {
        passed.push(stream.feed(sound.subarray(at, at + size)) ?? Buffer.alloc(0));
        expect(stream.phase).toBe('content');
      }
      expect(stream.end()).toBeNull();
      expect(stream.phase).toBe('complete');
      expect(Buffer.concat(passed)).toEqual(sound);
      expect(stream.contentType).toBe('audio/wav');
      expect(stream.finish(closing({}))).toHaveLength(0);
      expect(stream.counted).toMatchObject({ characters: 11, milliseconds: 1_500, audioOutput: 32, output: 32 });
    }
  });

  it('that broke off is counted as far as it came', () => {
    const stream = open({ input: 'a'.repeat(1_000), response_format: 'wav' });
    stream.feed(sampleWav(1_500));
    expect(stream.counted?.characters).toBeLessThan(50);
    expect(stream.counted?.milliseconds).toBe(1_500);
  });

  it('is never counted longer than it was held for', () => {
    const stream = open({ input: 'a', response_format: 'wav' });
    stream.feed(sampleWav(60_000));
    stream.end();
    expect(stream.counted?.milliseconds).toBe(call({ input: 'a' }).facts.units?.audioMillisecondsMax);
  });

  it.each([
    ['an error', 'application/json', '{"error":{"message":"no voice"}}', 'failed'],
    ['another document', 'application/json; charset=utf-8', '{"ok":true}', 'malformed'],
    ['a page', 'text/html', '<html>', 'malformed'],
    ['nothing', 'audio/mpeg', '', 'cut'],
  ])('is not what comes as %s', (_what, contentType, body, phase) => {
    const stream = open({});
    stream.head?.(contentType);
    expect(stream.feed(Buffer.from(body))).toBeNull();
    stream.end();
    expect(stream.phase).toBe(phase);
  });

  it('has nothing slipped into it, neither keep-alive nor error', () => {
    const plain = call({});
    expect(plain.keepAlive(face)).toHaveLength(0);
    expect(plain.brokenStream({ message: 'm', type: 't', status: 502, code: 'upstream_cut' }, face)).toHaveLength(0);
    expect(call({ stream_format: 'sse' }).keepAlive(face).toString()).toBe(': APILINK PROCESSING\n\n');
  });

  it('as events ends with the usage and what it cost', () => {
    const stream = open({ stream_format: 'sse' });
    const delta = 'data: {"type":"speech.audio.delta","audio":"AAAA"}\n\n';
    expect(stream.feed(Buffer.from(delta))?.toString()).toBe(delta);
    const usage = '{"input_tokens":3,"output_tokens":21,"total_tokens":24}';
    expect(stream.feed(Buffer.from(`data: {"type":"speech.audio.done","usage":${usage}}\n\n`))).toBeNull();
    expect(stream.phase).toBe('complete');
    expect(stream.usage).toMatchObject({ input: 3, audioOutput: 21, characters: 11 });
    expect(stream.finish(closing({})).toString()).toContain('"total_tokens":24,"cost":0.000000042');
  });

  it.each([
    ['input', { input: '' }],
    ['input', { input: 'x'.repeat(70_000) }],
    ['speed', { input: 'a', speed: 0 }],
    ['speed', { input: 'a', speed: 'fast' }],
    ['stream_format', { input: 'a', stream_format: 'chunked' }],
    ['instructions', { input: 'a', instructions: 7 }],
  ])('with a wrong %s is refused', (param, body) => {
    const reading = read(body);
    expect('problem' in reading && reading.problem).toMatchObject({ code: 'invalid_parameter', param });
  });
});
