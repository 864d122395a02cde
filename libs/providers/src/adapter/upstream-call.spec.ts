import { describe, expect, it } from '@jest/globals';

import { headerOf } from './header-list.js';
import type { AskedUpstream } from './asked-upstream.js';
import { upstreamCall, type UpstreamCallParts } from './upstream-call.js';

interface Change extends Partial<Omit<AskedUpstream, 'endpoint' | 'request'>> {
  readonly provider?: string;
  readonly upstreamModel?: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly headers?: readonly string[];
}

function call(baseUrl: string, change: Change = {}): UpstreamCallParts {
  const { provider = 'anybody', upstreamModel = 'm-1', body = '{"model":"m-1","stream":true}', ...rest } = change;
  const { contentType = 'application/json', headers = [], ...asked } = rest;
  const request = { body: [Buffer.from(body)], contentType, headers };
  const endpoint = { provider, upstreamModel, baseUrl };
  return upstreamCall({ endpoint, dialect: 'chat', stream: false, secret: 'sk-1', request, ...asked });
}

const url = ({ baseUrl, path }: UpstreamCallParts): string => baseUrl + path;
const text = ({ body }: UpstreamCallParts): string => Buffer.concat([...body]).toString();
const openai = 'https://api.openai.com/v1';

describe('upstreamCall', () => {
  it.each([
    ['chat', '/chat/completions'],
    ['responses', '/responses'],
    ['messages', '/messages'],
    ['embeddings', '/embeddings'],
    ['images', '/images/generations'],
    ['speech', '/audio/speech'],
    ['transcriptions', '/audio/transcriptions'],
    ['rerank', '/rerank'],
    ['gemini', '/models/m-1:generateContent'],
    ['converse', '/model/m-1/converse'],
  ] as const)('finds %s below the base URL', (dialect, path) => {
    expect(url(call('https://alpha.example/v1', { dialect }))).toBe(`https://alpha.example/v1${path}`);
  });

  it('finds what a dialect can be asked for beside an answer', () => {
    expect(call(openai, { dialect: 'messages', operation: 'count_tokens' }).path).toBe('/messages/count_tokens');
    expect(call(openai, { dialect: 'responses', operation: 'compact' }).path).toBe('/responses/compact');
    expect(call(openai, { dialect: 'images', operation: 'edits' }).path).toBe('/images/edits');
    expect(call(openai, { dialect: 'images', contentType: 'multipart/form-data; boundary=x' }).path).toBe(
      '/images/edits',
    );
  });

  it('sends the secret as a bearer, and none where none is needed', () => {
    const { headers, authentication, framing } = call(openai, { stream: true });
    expect(headerOf(headers, 'authorization')).toBe('Bearer sk-1');
    expect(headerOf(headers, 'accept')).toBe('text/event-stream');
    expect(headerOf(headers, 'accept-encoding')).toBe('identity');
    expect(headerOf(headers, 'content-type')).toBe('application/json');
    expect([authentication, framing]).toEqual([null, 'plain']);
    expect(headerOf(call(openai, { secret: '' }).headers, 'authorization')).toBeNull();
  });

  it('hands the body of a dialect on as it is', () => {
    const body = '{ "reasoning" : {"effort":"low"} }';
    expect(text(call(openai, { dialect: 'responses', body }))).toBe(body);
  });

  it('speaks to Anthropic with its headers, and with the version and betas that the client asked for', () => {
    const plain = call('https://api.anthropic.com/v1', { dialect: 'messages' });
    expect(headerOf(plain.headers, 'x-api-key')).toBe('sk-1');
    expect(headerOf(plain.headers, 'authorization')).toBeNull();
    expect(headerOf(plain.headers, 'anthropic-version')).toBe('2023-06-01');
    const headers = ['anthropic-version', '2099-01-01', 'anthropic-beta', 'a,b'];
    const own = call('https://api.anthropic.com/v1', { dialect: 'messages', headers });
    expect(own.headers.filter((name) => name === 'anthropic-version')).toHaveLength(1);
    expect(headerOf(own.headers, 'anthropic-version')).toBe('2099-01-01');
    expect(headerOf(own.headers, 'anthropic-beta')).toBe('a,b');
  });

  it('serves both headers that vendors of Messages look at', () => {
    const { headers } = call('https://api.deepseek.com/anthropic/v1', { dialect: 'messages' });
    expect(headerOf(headers, 'x-api-key')).toBe('sk-1');
    expect(headerOf(headers, 'authorization')).toBe('Bearer sk-1');
  });

  it("finds Gemini's own dialect beside Google's chat, and streams it as events", () => {
    const base = 'https://generativelanguage.googleapis.com/v1beta/openai';
    const native = call(base, { dialect: 'gemini', upstreamModel: 'gemini-3-pro', stream: true });
    expect(url(native)).toBe(
      'https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse',
    );
    expect(headerOf(native.headers, 'x-goog-api-key')).toBe('sk-1');
    expect(headerOf(native.headers, 'authorization')).toBeNull();
    expect(url(call(base))).toBe(`${base}/chat/completions`);
  });

  it('names the gateway to OpenRouter, unless the client names itself', () => {
    const base = 'https://openrouter.ai/api/v1';
    expect(headerOf(call(base).headers, 'x-title')).toBe('ApiLink');
    expect(headerOf(call(base, { headers: ['X-Title', 'Mine'] }).headers, 'x-title')).toBe('Mine');
    expect(headerOf(call(openai).headers, 'x-title')).toBeNull();
  });

  it.each([
    ['https://r.openai.azure.com', 'https://r.openai.azure.com/openai/v1/chat/completions'],
    ['https://r.openai.azure.com/openai/v1', 'https://r.openai.azure.com/openai/v1/chat/completions'],
    [
      'https://r.openai.azure.com/openai?api-version=2024-10-21',
      'https://r.openai.azure.com/openai?api-version=2024-10-21/deployments/m-1/chat/completions',
    ],
  ])('calls Azure at %s', (base, expected) => {
    const azure = call(base);
    expect(url(azure)).toBe(expected);
    expect(headerOf(azure.headers, 'api-key')).toBe('sk-1');
    expect(headerOf(azure.headers, 'authorization')).toBeNull();
    expect(headerOf(call(base, { secret: 'eyJhbGciOi.x.y' }).headers, 'authorization')).toBe('Bearer eyJhbGciOi.x.y');
  });

  const bedrock = 'https://bedrock-runtime.eu-central-1.amazonaws.com';

  it('asks Bedrock by Converse, to be signed for the region of its address', () => {
    const upstreamModel = 'eu.amazon.nova-pro-v1:0';
    const secret = 'AKIAIOSFODNN7EXAMPLE:wJalr/XUtnFEMI:token';
    const asked = call(bedrock, { dialect: 'converse', upstreamModel, secret, stream: true });
    expect(url(asked)).toBe(`${bedrock}/model/eu.amazon.nova-pro-v1%3A0/converse-stream`);
    expect(asked.framing).toBe('aws-event-stream');
    expect(headerOf(asked.headers, 'accept')).toBe('application/vnd.amazon.eventstream');
    expect(headerOf(asked.headers, 'authorization')).toBeNull();
    expect(asked.authentication).toEqual({
      kind: 'aws',
      region: 'eu-central-1',
      service: 'bedrock',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalr/XUtnFEMI',
      sessionToken: 'token',
    });
    const keyed = call(bedrock, { dialect: 'converse', secret: 'ABSKQmVkcm9ja0FQSUtleS1:x' });
    expect([headerOf(keyed.headers, 'authorization'), keyed.authentication]).toEqual([
      'Bearer ABSKQmVkcm9ja0FQSUtleS1:x',
      null,
    ]);
  });

  it('brings Messages into the form that Bedrock and Vertex want, betas included', () => {
    const body = '{"model":"m-1", "max_tokens":1.0 ,"stream":true,"messages":[{"role":"user","content":"stream"}]}';
    const headers = ['anthropic-beta', 'one, two', 'anthropic-version', '2023-06-01'];
    const there = { dialect: 'messages', stream: true, body, headers } as const;
    const aws = call(bedrock, there);
    expect(aws.path).toBe('/model/m-1/invoke-with-response-stream');
    expect(aws.framing).toBe('aws-event-stream');
    expect(text(aws)).toBe(
      '{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["one","two"],"max_tokens":1.0,"messages":[{"role":"user","content":"stream"}]}',
    );
    expect(headerOf(aws.headers, 'anthropic-beta') ?? headerOf(aws.headers, 'anthropic-version')).toBeNull();
    const base = 'https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1';
    const google = call(base, { ...there, secret: '/keys/vertex.json' });
    expect(url(google)).toBe(`${base}/publishers/anthropic/models/m-1:streamRawPredict`);
    expect(headerOf(google.headers, 'anthropic-beta')).toBe('one, two');
    expect(google.authentication).toEqual({ kind: 'google', credential: '/keys/vertex.json' });
    expect(text(google)).toBe(
      '{"anthropic_version":"vertex-2023-10-16","max_tokens":1.0,"messages":[{"role":"user","content":"stream"}]}',
    );
    expect(call(bedrock, { ...there, stream: false }).path).toBe('/model/m-1/invoke');
    expect(call(base, { ...there, stream: false }).path).toBe('/publishers/anthropic/models/m-1:rawPredict');
  });

  it('finds Gemini and chat on Vertex, and its global location', () => {
    const base = 'https://global-aiplatform.googleapis.com/v1/projects/p/locations/global';
    const there = 'https://aiplatform.googleapis.com/v1/projects/p/locations/global';
    const native = call(base, { dialect: 'gemini', upstreamModel: 'gemini-3-pro' });
    expect(url(native)).toBe(`${there}/publishers/google/models/gemini-3-pro:generateContent`);
    expect(url(call(base))).toBe(`${there}/endpoints/openapi/chat/completions`);
    expect(headerOf(call(base, { secret: 'AIzaKey' }).headers, 'x-goog-api-key')).toBe('AIzaKey');
  });
});
