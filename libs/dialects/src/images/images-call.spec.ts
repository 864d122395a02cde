import { describe, expect, it } from '@jest/globals';

import type { Call, CallReading } from '../call/call.js';
import { sampleForm, type SamplePart } from '../multipart/form-sample.js';
import { closing, face, target } from '../passing/call-sample.js';
import { readImageEditCall, readImageGenerationCall } from './images-call.js';

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
const dataUrl = `data:image/png;base64,${png.toString('base64')}`;
const asked = { model: 'acme/pictures', prompt: 'A cat' };
const source = (body: Buffer, contentType = 'application/json') => ({
  body,
  headers: { 'content-type': contentType },
  path: '/',
  random: () => 0,
});
const json = (body: object) => source(Buffer.from(JSON.stringify({ ...asked, ...body })));
const form = (parts: readonly SamplePart[]) =>
  source(
    sampleForm([{ name: 'model', content: asked.model }, { name: 'prompt', content: asked.prompt }, ...parts]),
    'multipart/form-data; boundary=x-boundary-x',
  );
const called = (reading: CallReading): Call => {
  if ('problem' in reading) throw new Error(`${reading.problem.param}: ${reading.problem.detail}`);
  return reading.call;
};
const generation = (body: object) => called(readImageGenerationCall(json(body)));
const outputTokens = (body: object) => generation(body).facts.units?.outputTokensMax ?? 0;

describe('pictures', () => {
  it('are held for by their number, size and quality', () => {
    expect(generation({ n: 3 }).facts).toMatchObject({ choices: 3, units: { images: 3 } });
    // What OpenAI's table says of gpt-image-1, and of gpt-image-2 for the square in high quality.
    expect(outputTokens({ size: '1024x1024', quality: 'low' })).toBeGreaterThanOrEqual(272);
    expect(outputTokens({ size: '1024x1536', quality: 'medium' })).toBeGreaterThanOrEqual(1_584);
    expect(outputTokens({ size: '1024x1024', quality: 'high' })).toBeGreaterThanOrEqual(7_033);
    expect(outputTokens({ size: '3840x2160', quality: 'high' })).toBeGreaterThan(7 * 7_500);
    expect(outputTokens({})).toBeGreaterThanOrEqual(outputTokens({ size: '1536x1024', quality: 'high' }));
    expect(outputTokens({ size: '4K' })).toBeGreaterThanOrEqual(outputTokens({ size: '3840x2160', quality: 'high' }));
    expect(outputTokens({ quality: 'max' })).toBeGreaterThan(outputTokens({ quality: 'high' }));
    expect(outputTokens({ stream: true, partial_images: 3 }) - outputTokens({})).toBe(300);
  });

  it('are asked for at the path of the request', () => {
    expect(generation({}).request(target('images')).operation).toBeNull();
    const edit = called(readImageEditCall(json({ images: [{ image_url: dataUrl }] })));
    expect(edit.request(target('images')).operation).toBe('edits');
  });

  it('to be edited come as files, and every byte of them passes', () => {
    const parts = [
      { name: 'image[]', filename: 'a.png', content: png },
      { name: 'image[]', filename: 'b.png', content: png },
      { name: 'mask', filename: 'm.png', content: png },
      { name: 'n', content: '2' },
      { name: 'size', content: '1024x1024' },
    ];
    const call = called(readImageEditCall(form(parts)));
    expect(call.facts).toMatchObject({ model: asked.model, choices: 2, units: { images: 2 } });
    expect(call.facts.units?.mediaInputTokensMax).toBe(3 * 6_821);
    const sent = call.request(target('images'));
    expect(sent.contentType).toContain('boundary=x-boundary-x');
    expect(Buffer.concat(sent.body)).toEqual(
      sampleForm([{ name: 'model', content: 'upstream-one' }, { name: 'prompt', content: asked.prompt }, ...parts]),
    );
  });

  it('pass as they came, with what they cost', () => {
    const body = `{"created":1,  "data":[{"b64_json":"${png.toString('base64')}"}],"usage":{"input_tokens":5,"output_tokens":272,"total_tokens":277}}`;
    const answer = generation({}).readAnswer(Buffer.from(body), target('images'), face);
    expect(answer.usage).toMatchObject({ images: 1, input: 5, output: 272, imageOutput: 272 });
    const written = answer.write(closing({}), true).body.toString();
    expect(written.startsWith(body.slice(0, -2))).toBe(true);
    expect(JSON.parse(written)).toMatchObject({ usage: { output_tokens: 272, cost_nano_usd: '42' } });
  });

  it('without usage are counted by themselves and by the tokens of their size: a model sold by tokens is not free', () => {
    const body = Buffer.from('{"created":1,"data":[{"url":"https://x.example/1"},{"url":"https://x.example/2"}]}');
    const answer = generation({ n: 2 }).readAnswer(body, target('images'), face);
    expect(answer.usage).toBeNull();
    expect(answer.counted).toMatchObject({ images: 2, output: 2 * outputTokens({}) });
  });

  it.each(['{"created":1,"data":[]}', '{}', '<html>', '{"data":"x"}'])('are not in %s', (body) => {
    expect(generation({}).readAnswer(Buffer.from(body), target('images'), face).isAnswer).toBe(false);
  });

  it('in a stream end with what they cost', () => {
    const stream = generation({ stream: true, partial_images: 1 }).openStream(target('images'), face);
    const partial =
      'event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","b64_json":"aa"}\n\n';
    const last = '{"type":"image_generation.completed","b64_json":"bb","usage":{"input_tokens":5,"output_tokens":272}}';
    expect(stream.feed(Buffer.from(partial))?.toString()).toBe(partial);
    expect(stream.phase).toBe('content');
    expect(stream.feed(Buffer.from(`event: image_generation.completed\ndata: ${last}\n\n`))).toBeNull();
    expect(stream.phase).toBe('complete');
    expect(stream.usage).toMatchObject({ images: 1, output: 272 });
    const end = stream.finish(closing({})).toString();
    expect(end.startsWith('event: image_generation.completed\ndata: {"type":')).toBe(true);
    expect(end).toContain('"cost_nano_usd":"42"');
  });

  it.each([
    ['prompt', { prompt: '' }],
    ['n', { n: 129 }],
    ['n', { n: 0 }],
    ['partial_images', { partial_images: 17 }],
    ['partial_images', { partial_images: 'two' }],
    ['stream', { stream: 'yes' }],
    ['size', { size: 7 }],
  ])('with a wrong %s are refused', (param, body) => {
    const reading = readImageGenerationCall(json(body));
    expect('problem' in reading && reading.problem).toMatchObject({ code: 'invalid_parameter', param });
  });

  it.each([
    ['images[0].image_url', { images: [{ image_url: 'http://169.254.169.254/a.png' }] }],
    ['images[1].image_url', { images: [{ image_url: dataUrl }, { image_url: 'http://localhost/a.png' }] }],
    ['image', { image: 'https://10.0.0.1/a.png' }],
    ['image.url', { image: { url: 'http://redis/a.png' } }],
    ['mask.image_url', { images: [{ image_url: dataUrl }], mask: { image_url: 'http://127.1/m.png' } }],
    ['images[0].image_url', { images: [{ image_url: 'data:image/png;base64,!!!!' }] }],
    ['images[0].image_url', { images: [{ image_url: `${dataUrl}=====` }] }],
    ['images[0].image_url', { images: [{ image_url: 'data:image/png;base64,aGVsbG8gd29ybGQ=' }] }],
    ['images[0].image_url', { images: [{ image_url: 'data:text/plain,hello' }] }],
    ['images[0]', { images: [{}] }],
    ['images[0]', { images: [7] }],
  ])('by an address or a payload that may not be are refused: %s', (param, body) => {
    const reading = readImageEditCall(json(body));
    expect('problem' in reading && reading.problem).toMatchObject({ code: 'invalid_parameter', param });
  });

  it('of another customer’s files are refused: the provider keeps them all by one account', () => {
    const reading = readImageEditCall(json({ images: [{ file_id: 'file-1' }] }));
    expect('problem' in reading && reading.problem).toMatchObject({ code: 'unsupported_parameter' });
  });

  it.each([
    ['image', 'missing_parameter', []],
    ['image', 'invalid_parameter', [{ name: 'image', filename: 'a.png', content: 'GIF, honestly' }]],
    [
      'mask',
      'invalid_parameter',
      [
        { name: 'image', filename: 'a.png', content: png },
        { name: 'mask', filename: 'm.png', content: '' },
      ],
    ],
  ])('as files that are none are refused: %s, %s', (param, code, parts) => {
    const reading = readImageEditCall(form(parts));
    expect('problem' in reading && reading.problem).toMatchObject({ code, param });
  });
});
