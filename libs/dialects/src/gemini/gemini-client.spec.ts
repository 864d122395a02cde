import { emptyUsage } from '@apilink/pricing';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import type { AnswerStream } from '../call/answer-stream.js';
import type { Call, CallFace, CallTarget, EndpointTraits, UpstreamDialect } from '../call/call.js';
import type { RequestProblem } from '../call/request-problem.js';
import { recorded } from '../chat/sample-stream.js';
import { readGeminiCall } from '../turn-readers.js';

const traits: EndpointTraits = {
  reasoningExcluded: false,
  reasoningUntold: false,
  oneSearchPerPrompt: false,
  maxTokensKey: null,
};
const face: CallFace = { model: 'demo/model', skin: 'own', standIn: { id: 'gen_1', createdSeconds: 9 } };
const closing = {
  usage: { ...emptyUsage, input: 10, output: 5, reasoning: 2 },
  cost: { totalNanoUsd: 1234n, cachePremiumAbsorbedNanoUsd: 0n, promptNanoUsd: 1000n, completionsNanoUsd: 234n },
};
const STREAM = '/v1beta/models/demo%2Fmodel:streamGenerateContent';
const WHOLE = '/v1beta/models/demo/model:generateContent';

function target(dialect: UpstreamDialect, maxTokens: number | null = null): CallTarget {
  return { dialect, model: 'up', maxTokens, maxOutputTokens: 100, traits };
}

function reading(body: string, path = WHOLE, query = 'alt=sse'): ReturnType<typeof readGeminiCall> {
  return readGeminiCall({ body: Buffer.from(body), headers: {}, path, query, random: () => 0 });
}

function callOf(document: object | string, path = WHOLE): Call {
  const read = reading(typeof document === 'string' ? document : JSON.stringify(document), path);
  if ('problem' in read) throw new Error(JSON.stringify(read.problem));
  return read.call;
}

function problemOf(document: object, path?: string, query?: string): RequestProblem | null {
  const read = reading(JSON.stringify(document), path, query);
  return 'problem' in read ? read.problem : null;
}

const hi = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };

function sent(document: object | string, dialect: UpstreamDialect, maxTokens: number | null = null): string {
  return Buffer.concat([...callOf(document).request(target(dialect, maxTokens)).body]).toString();
}

function played(stream: AnswerStream, reads: readonly Buffer[]): string {
  const out = reads.map((read) => stream.feed(Buffer.from(read)));
  return Buffer.concat([...out, stream.end()].filter((bytes) => bytes !== null)).toString();
}

function documents(stream: string): unknown[] {
  return stream
    .split('\r\n\r\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text.replace(/^data: /, '')));
}

const usage = { promptTokenCount: 10, candidatesTokenCount: 3, thoughtsTokenCount: 2, totalTokenCount: 15 };

function event(parts: object[], more: object = {}): string {
  const candidates = [{ content: { parts, role: 'model' }, index: 0, ...more }];
  return `data: ${JSON.stringify({ candidates, usageMetadata: usage, modelVersion: 'gemini-up', responseId: 'r1' })}\r\n\r\n`;
}

const upstream = Buffer.from(
  [
    event([{ text: 'hm 😀', thought: true }]),
    event([{ text: 'Hel' }]),
    event([{ functionCall: { name: 'look', args: { a: 1.0 } }, thoughtSignature: 'c2ln' }]),
    event([{ text: 'lo' }], { finishReason: 'STOP' }),
  ].join(''),
);

/** What a client is told of a chat upstream that thinks. */
function thinking(document: object): string {
  return played(callOf(document, STREAM).openStream(target('chat'), face), [recorded('chat-reasoning_content')]);
}

describe('a call in Gemini’s dialect', () => {
  it('is known by its path, and its facts by its bytes', () => {
    const { facts } = callOf(
      {
        ...hi,
        generationConfig: { max_output_tokens: '50', candidateCount: 2, responseMimeType: 'application/json' },
        tools: [{ functionDeclarations: [{ name: 'look' }] }, { google_search: {} }],
      },
      STREAM,
    );
    expect(facts).toMatchObject({
      model: 'demo/model',
      stream: true,
      maxTokens: 50,
      choices: 2,
      needs: ['tools', 'structured-output'],
      asksWebSearch: true,
    });
    expect(callOf(hi).facts).toMatchObject({ stream: false, maxTokens: null, choices: 1, needs: [] });
  });

  it('counts a picture as a picture and not as the text of its base64', () => {
    const data = 'A'.repeat(40_000);
    const parts = [{ inlineData: { mimeType: 'image/png', data } }, { inline_data: { data, mime_type: 'audio/wav' } }];
    const { facts } = callOf({ contents: [{ parts }] });
    expect(facts.needs).toEqual(['images', 'audio']);
    expect(facts.media).toMatchObject({ images: [{ size: null }], audios: 1, audioCharacters: 40_002 });
    expect(facts.estimatedTextTokens).toBeLessThan(200);
  });

  it('passes the bytes of a request, but for a clamped limit', () => {
    const document =
      '{ "contents" : [{"parts":[{"text":"hi"}]}], "generationConfig":{ "maxOutputTokens" : 99, "topP":1.0 } }';
    expect(sent(document, 'gemini')).toBe(document);
    expect(sent(document, 'gemini', 7)).toBe(document.replace('99', '7'));
    expect(sent('{"contents":[{"parts":[]}]}', 'gemini', 7)).toBe(
      '{"generationConfig":{"maxOutputTokens":7},"contents":[{"parts":[]}]}',
    );
    expect(sent('{"contents":[{}],"generation_config":{}}', 'gemini', 7)).toBe(
      '{"contents":[{}],"generation_config":{"maxOutputTokens":7}}',
    );
  });

  it('passes a stream with the public name of the model, and the cost beside its own usage', () => {
    const stream = callOf(hi, STREAM).openStream(target('gemini'), face);
    const told = played(stream, [upstream]);
    expect([stream.phase, stream.finishReason, stream.usage?.output]).toEqual(['complete', 'STOP', 5]);
    const all = documents(told + stream.finish(closing).toString());
    expect(all).toHaveLength(4);
    expect(all[2]).toMatchObject({ modelVersion: 'demo/model', responseId: 'r1' });
    expect(all[3]).toMatchObject({
      candidates: [{ finishReason: 'STOP' }],
      usageMetadata: { ...usage, cost: 0.000001234, cost_nano_usd: '1234' },
    });
    expect(told).toContain('"thoughtSignature":"c2ln"');
  });

  it('tells the same wherever the stream was cut into reads', () => {
    const whole = callOf(hi, STREAM).openStream(target('gemini'), face);
    const expected = played(whole, [upstream]) + whole.finish(closing).toString();
    fc.assert(
      fc.property(fc.array(fc.nat(upstream.length), { maxLength: 8 }), (cuts) => {
        const places = [0, ...cuts.toSorted((one, other) => one - other), upstream.length];
        const reads = places.slice(1).map((end, index) => upstream.subarray(places[index] ?? 0, end));
        const stream = callOf(hi, STREAM).openStream(target('gemini'), face);
        expect(played(stream, reads) + stream.finish(closing).toString()).toBe(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('gives nothing away before the first content, so that another endpoint may answer', () => {
    const stream = callOf(hi, STREAM).openStream(target('gemini'), face);
    const empty = `data: ${JSON.stringify({ usageMetadata: usage, responseId: 'r1' })}\r\n\r\n`;
    expect(stream.feed(Buffer.from(empty))).toBeNull();
    expect(stream.phase).toBe('waiting');
    stream.end();
    expect(stream.phase).toBe('cut');
  });

  it.each([
    ['data: {"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}\n\n', 'failed'],
    ['[{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}]', 'failed'],
    ['<html>', 'malformed'],
    ['data: x\n\n'.repeat(9), 'malformed'],
  ])('takes %j for what it is', (body, phase) => {
    const stream = callOf(hi, STREAM).openStream(target('gemini'), face);
    played(stream, [Buffer.from(body)]);
    expect(stream.phase).toBe(phase);
  });

  it('ends a stream whose hold ran out as cut by the limit', () => {
    const stream = callOf(hi, STREAM).openStream(target('gemini'), face);
    stream.feed(Buffer.from(event([{ text: 'Hel' }])));
    expect(documents(stream.finish(closing).toString())).toMatchObject([
      { candidates: [{ finishReason: 'MAX_TOKENS' }], usageMetadata: { promptTokenCount: 10, cost_nano_usd: '1234' } },
    ]);
  });

  it('is translated to chat, and the answer back', () => {
    const document = {
      system_instruction: { parts: [{ text: 'be kind' }] },
      contents: [
        { parts: [{ text: 'look' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }] },
        { role: 'model', parts: [{ functionCall: { name: 'look', args: { a: 1 } }, thoughtSignature: 'c2ln' }] },
        { role: 'user', parts: [{ functionResponse: { name: 'look', response: { output: 'sun' } } }] },
      ],
      tools: [{ functionDeclarations: [{ name: 'look', parameters: { type: 'OBJECT', nullable: false } }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['look'] } },
      generationConfig: { temperature: 0.5, responseSchema: { type: 'STRING', nullable: true } },
      safetySettings: [{ category: 'X', threshold: 'BLOCK_NONE' }],
      labels: { team: 'a' },
    };
    expect(callOf(document).problemFor('chat')).toBeNull();
    expect(JSON.parse(sent(document, 'chat'))).toMatchObject({
      model: 'up',
      temperature: 0.5,
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: [{ type: 'text' }, { image_url: { url: 'data:image/png;base64,AAAA' } }] },
        { role: 'assistant', tool_calls: [{ id: 'call_0', function: { name: 'look', arguments: '{"a":1}' } }] },
        { role: 'tool', tool_call_id: 'call_0', content: 'sun' },
      ],
      tools: [{ function: { name: 'look', parameters: { type: 'object' } } }],
      tool_choice: { function: { name: 'look' } },
      response_format: { json_schema: { schema: { type: ['string', 'null'] } } },
    });
    const stream = callOf(document, STREAM).openStream(target('chat'), face);
    const told = played(stream, [recorded('chat-tool_call')]) + stream.finish(closing).toString();
    expect(documents(told)).toMatchObject([
      { candidates: [{ content: { parts: [{ functionCall: { args: expect.anything() } }] } }] },
      { candidates: [{ finishReason: 'STOP' }], usageMetadata: { candidatesTokenCount: 3, thoughtsTokenCount: 2 } },
    ]);
  });

  it('hides thoughts of another dialect from a client that did not ask for them', () => {
    const shown = { ...hi, generationConfig: { thinkingConfig: { includeThoughts: true } } };
    expect(thinking(shown)).toContain('"thought":true');
    expect(thinking(hi)).not.toContain('thinki');
  });

  it.each([
    [{ contents: [{ parts: [{ videoMetadata: {} }] }] }, 'contents[0].parts[0].videoMetadata'],
    [
      { contents: [{ parts: [{ inlineData: { mimeType: 'video/mp4', data: 'A' } }] }] },
      'contents[0].parts[0].inlineData',
    ],
    [{ ...hi, cachedContent: 'cachedContents/1' }, 'cachedContent'],
    [{ ...hi, safetySettings: [{ threshold: 'BLOCK_LOW_AND_ABOVE' }] }, 'safetySettings'],
    [{ ...hi, generationConfig: { speechConfig: {} } }, 'generationConfig.speechConfig'],
    [{ ...hi, generationConfig: { responseModalities: ['IMAGE'] } }, 'generationConfig.responseModalities'],
    [{ ...hi, tools: [{ codeExecution: {} }] }, 'tools[0].codeExecution'],
    [{ ...hi, toolConfig: { retrievalConfig: {} } }, 'toolConfig.retrievalConfig'],
  ])('refuses %j by its path where another dialect has to say it', (document, param) => {
    expect(callOf(document).problemFor('chat')).toMatchObject({ code: 'unsupported_parameter', param });
    expect(callOf(document).problemFor('gemini')).toBeNull();
  });

  it('refuses what nobody can answer', () => {
    expect(problemOf({})).toMatchObject({ code: 'missing_parameter', param: 'contents' });
    expect(problemOf(hi, STREAM, '')).toMatchObject({ code: 'invalid_parameter', param: 'alt' });
    expect(problemOf({ ...hi, generationConfig: { candidateCount: 9 } })).toMatchObject({
      param: 'generationConfig.candidateCount',
    });
    const file = { fileData: { fileUri: 'http://169.254.169.254/latest', mimeType: 'image/png' } };
    expect(problemOf({ contents: [{ parts: [file] }] })).toMatchObject({ code: 'invalid_parameter' });
  });

  it('keeps a client waiting, and breaks off, in events that Google’s SDKs read', () => {
    const call = callOf(hi, STREAM);
    expect(documents(call.keepAlive(face).toString())).toMatchObject([
      { candidates: [{ content: { parts: [{ text: '' }] } }], responseId: 'gen_1' },
    ]);
    const broken = { message: 'gone', type: 'server_error', status: 503, code: 'server_is_overloaded' };
    expect(documents(call.brokenStream(broken, face).toString())).toMatchObject([
      { error: { code: 503, message: 'gone', status: 'UNAVAILABLE' } },
    ]);
    const stream = call.openStream(target('gemini'), face);
    expect(played(stream, [upstream])).toContain('"responseId":"gen_1"');
  });

  it('gives a whole answer with its cost, its own bytes kept', () => {
    const body = `{"candidates":[{"content":{"parts":[{"text":"a\\u00e9"}]},"finishReason":"STOP","score":1.0}],"usageMetadata":${JSON.stringify(usage)},"modelVersion":"up"}`;
    const answer = callOf(hi).readAnswer(Buffer.from(body), target('gemini'), face);
    expect(answer).toMatchObject({ isAnswer: true, isEmpty: false, usage: { input: 10, output: 5, reasoning: 2 } });
    const written = answer.write(closing, true).body.toString();
    expect(written).toContain(
      '{"candidates":[{"content":{"parts":[{"text":"a\\u00e9"}]},"finishReason":"STOP","score":1.0}]',
    );
    expect(JSON.parse(written)).toMatchObject({ modelVersion: 'demo/model', usageMetadata: { cost_nano_usd: '1234' } });
    const exhausted: unknown = JSON.parse(callOf(hi).exhausted(closing, face).body.toString());
    expect(exhausted).toMatchObject({ candidates: [{ finishReason: 'MAX_TOKENS' }] });
  });
});
