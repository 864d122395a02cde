import { describe, expect, it } from '@jest/globals';

import type { Call, CallReading } from '../call/call.js';
import { sampleForm, type SamplePart } from '../multipart/form-sample.js';
import { closing, face, target } from '../passing/call-sample.js';
import { sampleWav } from '../sound/sound-sample.js';
import { subtitleMilliseconds } from './subtitle-length.js';
import { readTranscriptionCall } from './transcriptions-call.js';

const wav = sampleWav(90_000);
const file: SamplePart = { name: 'file', filename: 'a.wav', content: wav };
const model: SamplePart = { name: 'model', content: 'acme/ears' };
const read = (parts: readonly SamplePart[]): CallReading =>
  readTranscriptionCall({
    body: sampleForm(parts),
    headers: { 'content-type': 'multipart/form-data; boundary=x-boundary-x' },
    path: '/v1/audio/transcriptions',
    random: () => 0,
  });
const call = (parts: readonly SamplePart[] = []): Call => {
  const reading = read([file, model, ...parts]);
  if ('problem' in reading) throw new Error(reading.problem.detail);
  return reading.call;
};
const answer = (body: string, parts: readonly SamplePart[] = []) =>
  call(parts).readAnswer(Buffer.from(body), target('transcriptions'), face);
const format = (content: string): SamplePart => ({ name: 'response_format', content });

describe('transcriptions', () => {
  it('are held for by the length of the sound, and by the tokens that it can be', () => {
    const { units, stream } = call().facts;
    expect(stream).toBe(false);
    expect(units?.audioMilliseconds).toBe(90_000);
    expect(units?.audioMillisecondsMax).toBe(91_000);
    expect(units?.mediaInputTokensMax).toBeGreaterThan(90 * 30);
    expect(units?.outputTokensMax).toBeGreaterThan(900);
  });

  it('of sound whose length is not told are held for as if it were the thinnest', () => {
    const reading = read([model, { ...file, content: Buffer.alloc(75_000, 1) }]);
    expect('call' in reading && reading.call.facts.units).toMatchObject({
      audioMilliseconds: null,
      audioMillisecondsMax: 101_000,
    });
  });

  it('change nothing of the form but the model', () => {
    const sent = call([{ name: 'language', content: 'en' }]).request(target('transcriptions'));
    expect(Buffer.concat(sent.body)).toEqual(
      sampleForm([file, { name: 'model', content: 'upstream-one' }, { name: 'language', content: 'en' }]),
    );
  });

  it.each([
    [
      'tokens',
      '{"text":"hi","usage":{"type":"tokens","input_tokens":14,"output_tokens":4,"total_tokens":18}}',
      { input: 14 },
    ],
    ['seconds', '{"text":"hi","usage":{"type":"duration","seconds":90}}', { milliseconds: 90_000 }],
    ['a duration', '{"text":"hi","duration":90.5,"segments":[]}', { milliseconds: 90_500 }],
  ])('in JSON are charged by the %s that the upstream told', (_what, body, usage) => {
    const whole = answer(body);
    expect(whole.usage).toMatchObject(usage);
    const written: unknown = JSON.parse(whole.write(closing({}), true).body.toString());
    expect(written).toMatchObject({ text: 'hi', usage: { cost_nano_usd: '42' } });
  });

  it.each(['text', 'srt', 'vtt'])('as %s pass untouched, and are charged by the measured length', (name) => {
    const whole = answer('1\n00:00:00,000 --> 00:00:01,000\nhi\n', [format(name)]);
    expect(whole).toMatchObject({ isAnswer: true, isEmpty: false, usage: null, counted: { milliseconds: 90_000 } });
    expect(whole.write(closing({}), false)).toMatchObject({ contentType: 'text/plain; charset=utf-8' });
  });

  it('of sound that could not be measured are charged by the last subtitle, else by so many words', () => {
    const unmeasured = { ...file, content: Buffer.alloc(75_000, 1) };
    const counted = (body: string, name: string) => {
      const reading = read([model, unmeasured, format(name)]);
      if ('problem' in reading) throw new Error('refused');
      return reading.call.readAnswer(Buffer.from(body), target('transcriptions'), face).counted?.milliseconds;
    };
    expect(counted('WEBVTT\n\n00:01.000 --> 00:12.500\nhi\n', 'vtt')).toBe(12_500);
    expect(counted('x'.repeat(140), 'text')).toBe(10_000);
    expect(counted('x'.repeat(14_000), 'text')).toBe(101_000);
  });

  it('in a stream end with what they cost', () => {
    const stream = call([{ name: 'stream', content: 'true' }]).openStream(target('transcriptions'), face);
    const delta = 'data: {"type":"transcript.text.delta","delta":"hi"}\n\n';
    expect(stream.feed(Buffer.from(delta))?.toString()).toBe(delta);
    stream.feed(
      Buffer.from('data: {"type":"transcript.text.done","text":"hi","usage":{"input_tokens":9,"output_tokens":2}}\n\n'),
    );
    expect(stream.phase).toBe('complete');
    expect(stream.finish(closing({})).toString()).toContain('"output_tokens":2,"cost":0.000000042');
  });

  it('in a stream of an upstream that tells no usage end with one of ours', () => {
    const stream = call([{ name: 'stream', content: 'true' }]).openStream(target('transcriptions'), face);
    stream.feed(Buffer.from('data: {"type":"transcript.text.done","text":"hi"}\n\n'));
    expect(stream.phase).toBe('finishing');
    stream.end();
    expect(stream.phase).toBe('complete');
    expect(stream.usage).toBeNull();
    expect(stream.counted?.milliseconds).toBe(90_000);
    const end = stream.finish(closing({ milliseconds: 90_000 })).toString();
    expect(end).toContain('"usage":{"type":"duration","seconds":90,"cost"');
  });

  it('whole where a stream was asked for become the last event: some models do not stream', () => {
    const stream = call([{ name: 'stream', content: 'true' }]).openStream(target('transcriptions'), face);
    expect(stream.feed(Buffer.from('{"text":"hi",'))).toBeNull();
    expect(stream.feed(Buffer.from('"usage":{"type":"duration","seconds":90}}'))).toBeNull();
    stream.end();
    expect(stream.phase).toBe('complete');
    expect(stream.usage).toMatchObject({ milliseconds: 90_000 });
    expect(stream.finish(closing({})).toString()).toMatch(/^data: {"type":"transcript.text.done","text":"hi".*\n\n$/);
  });

  it('that break off are not taken for whole', () => {
    const stream = call([{ name: 'stream', content: 'true' }]).openStream(target('transcriptions'), face);
    stream.feed(Buffer.from('data: {"type":"transcript.text.delta","delta":"hi"}\n\ndata: [DONE]\n\n'));
    stream.end();
    expect(stream.phase).toBe('cut');
  });

  it.each(['{}', '{"text":7}', '<!doctype html>', ''])('are not in %s', (body) => {
    expect(answer(body).isAnswer).toBe(false);
  });

  it.each([
    ['missing_parameter', 'file', [model]],
    ['missing_parameter', 'model', [file]],
    ['invalid_parameter', 'file', [model, { ...file, content: '' }]],
    ['invalid_parameter', 'file', [model, file, file]],
    ['invalid_parameter', 'stream', [model, file, { name: 'stream', content: 'perhaps' }]],
    ['unsupported_parameter', 'url', [model, file, { name: 'url', content: 'http://127.0.0.1/a.wav' }]],
  ])('are refused with %s for %s', (code, param, parts) => {
    const reading = read(parts);
    expect('problem' in reading && reading.problem).toMatchObject({ code, param });
  });

  it('in JSON are refused, since the file comes as a form', () => {
    const reading = readTranscriptionCall({
      body: Buffer.from('{}'),
      headers: { 'content-type': 'application/json' },
      path: '/',
      random: () => 0,
    });
    expect('problem' in reading && reading.problem).toMatchObject({ param: 'content-type' });
  });
});

describe('subtitles', () => {
  it.each([
    ['1\n00:00:01,000 --> 01:02:03,450\nhi', 3_723_450],
    ['WEBVTT\n\n00:01.000 --> 00:02.500\nhi', 2_500],
    ['no times', null],
  ])('tell their end: %s', (text, milliseconds) => {
    expect(subtitleMilliseconds(text)).toBe(milliseconds);
  });
});
