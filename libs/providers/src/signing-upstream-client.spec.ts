import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { afterEach, describe, expect, it } from '@jest/globals';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';

import { upstreamCall } from './adapter/upstream-call.js';
import { CallRecorder, LoopbackUpstreams } from './misbehaving-upstream.js';
import { CredentialRefusedError, GoogleTokens } from './signing/google-tokens.js';
import { SigningUpstreamClient } from './signing-upstream-client.js';
import { UndiciUpstreamClient } from './undici-upstream-client.js';
import type { UpstreamRequest } from './upstream-client.js';

const upstreams = new LoopbackUpstreams();
const clients: SigningUpstreamClient[] = [];
const now = (): number => Date.UTC(2026, 10, 23, 4, 5, 6);

afterEach(async () => {
  await upstreams.close();
  for (const opened of clients.splice(0)) await opened.close();
});

function client(getAccessToken: () => Promise<string | null> = async () => 'ya29.t'): SigningUpstreamClient {
  const tokens = new GoogleTokens(() => ({ getAccessToken }));
  const opened = new SigningUpstreamClient(new UndiciUpstreamClient(), { tokens, now });
  clients.push(opened);
  return opened;
}

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

function requestTo(baseUrl: string, provider: 'bedrock' | 'vertex', stream = false): UpstreamRequest {
  const secret = provider === 'bedrock' ? `AKIAIOSFODNN7EXAMPLE:${SECRET}` : '/keys/vertex.json';
  const parts = upstreamCall({
    endpoint: { provider, upstreamModel: 'amazon.nova-pro-v1:0', baseUrl },
    dialect: provider === 'bedrock' ? 'converse' : 'gemini',
    stream,
    secret,
    request: { body: [Buffer.from('{"messages":'), Buffer.from('[]}')], contentType: 'application/json', headers: [] },
  });
  return { ...parts, timeouts: { connectMs: 3000, firstByteMs: 3000, idleMs: 3000 }, allowPrivateAddress: true };
}

async function run(request: UpstreamRequest, through = client()): Promise<CallRecorder> {
  const recorder = new CallRecorder();
  through.dispatch(request, recorder);
  await recorder.over;
  return recorder;
}

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Whether the request is signed as AWS documents it ("Create a signed AWS API request"), worked out from what arrived. */
function isSigned(incoming: IncomingMessage, body: Buffer): boolean {
  const { headers, url = '' } = incoming;
  const { authorization = '' } = headers;
  const [, scope = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  const [day = '', region = '', service = ''] = scope.split('/');
  const path = url
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/');
  const told = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = ['POST', path, '', told.join(''), names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${SECRET}`);
  const isWhole = ['host', 'content-type', 'x-amz-date'].every((name) => names.split(';').includes(name));
  return isWhole && createHmac('sha256', key).update(toSign).digest('hex') === signature;
}

/** A Bedrock that answers who is signed right, and refuses everybody else. */
async function bedrock(answer: Buffer, contentType: string, seen: string[] = []): Promise<string> {
  return upstreams.http((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      seen.push(incoming.url ?? '', String(incoming.headers['x-amz-date']));
      const isGood = isSigned(incoming, Buffer.concat(parts));
      response.writeHead(isGood ? 200 : 403, { 'content-type': isGood ? contentType : 'application/json' });
      response.end(isGood ? answer : '{"message":"The request signature we calculated does not match"}');
    });
  });
}

function framed(type: string, payload: object): Buffer {
  const codec = new EventStreamCodec(toUtf8, fromUtf8);
  const headers = {
    ':message-type': { type: 'string', value: 'event' },
    ':event-type': { type: 'string', value: type },
  } as const;
  return Buffer.from(codec.encode({ headers, body: fromUtf8(JSON.stringify(payload)) }));
}

describe('SigningUpstreamClient', () => {
  it('signs a request so that AWS takes it, a model with a colon in its name included', async () => {
    const seen: string[] = [];
    const base = await bedrock(Buffer.from('{"ok":true}'), 'application/json', seen);
    const answer = await run(requestTo(base, 'bedrock'));
    expect([answer.events, answer.text]).toEqual([['sent', 'head 200', 'end'], '{"ok":true}']);
    expect(seen).toEqual(['/model/amazon.nova-pro-v1%3A0/converse', '20261123T040506Z']);
  });

  it('hands an event stream on as server-sent events', async () => {
    const frames = Buffer.concat([framed('messageStart', { role: 'assistant' }), framed('messageStop', { a: 1 })]);
    const answer = await run(requestTo(await bedrock(frames, 'application/vnd.amazon.eventstream'), 'bedrock', true));
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.text).toBe(
      'event: messageStart\ndata: {"role":"assistant"}\n\nevent: messageStop\ndata: {"a":1}\n\n',
    );
  });

  it('takes an event stream that stops inside a message for cut', async () => {
    const half = framed('messageStart', { role: 'assistant' }).subarray(0, 30);
    const answer = await run(requestTo(await bedrock(half, 'application/vnd.amazon.eventstream'), 'bedrock', true));
    expect(answer.failure).toEqual({ class: 'cut', code: 'BROKEN_EVENT_STREAM' });
    expect(answer.events.at(-1)).toBe('error cut');
  });

  it('hands errors of a stream on as they are', async () => {
    const base = await bedrock(Buffer.from(''), 'application/json');
    const request = { ...requestTo(base, 'bedrock', true) };
    const wrong = { ...request, authentication: { ...awsOf(request), secretAccessKey: 'wrong' } };
    const answer = await run(wrong);
    expect(answer.events.slice(0, 2)).toEqual(['sent', 'head 403']);
    expect(answer.text).toContain('signature');
  });

  it("sends Google's token, and none of the key that it was given for", async () => {
    const base = await upstreams.http((incoming, response) => {
      response.end(
        `${incoming.headers.authorization ?? ''} ${JSON.stringify(incoming.headers).includes('vertex.json')}`,
      );
    });
    expect((await run(requestTo(base, 'vertex'))).text).toBe('Bearer ya29.t false');
  });

  it('tells a refused key as the 401 that takes the next one', async () => {
    const refusing = client(async () => Promise.reject(new CredentialRefusedError('no')));
    const answer = await run(requestTo(await upstreams.nobody(), 'vertex'), refusing);
    expect(answer.events).toEqual(['sent', 'head 401', 'end']);
  });

  it('tells a token endpoint that is away, or silent, as an upstream that cannot be reached', async () => {
    const base = await upstreams.nobody();
    const away = client(async () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })));
    expect((await run(requestTo(base, 'vertex'), away)).failure).toMatchObject({ class: 'connect_error' });
    const silent = client(async () => new Promise(() => undefined));
    const request = { ...requestTo(base, 'vertex'), timeouts: { connectMs: 5, firstByteMs: 0, idleMs: 0 } };
    expect((await run(request, silent)).failure).toEqual({ class: 'connect_error', code: 'TIMEOUT' });
  });

  it('tells nothing after a cancel, and sends nothing, whenever the token comes', async () => {
    let calls = 0;
    const base = await upstreams.http((_incoming, response) => {
      calls++;
      response.end('x');
    });
    const give: ((token: string) => void)[] = [];
    const slow = client(async () => new Promise((resolve) => give.push(resolve)));
    const cancelled = new CallRecorder();
    slow.dispatch(requestTo(base, 'vertex'), cancelled).cancel();
    const kept = new CallRecorder();
    slow.dispatch(requestTo(base, 'vertex'), kept);
    for (const answer of give) answer('ya29.late');
    await kept.over;
    expect([cancelled.events, kept.events, calls]).toEqual([[], ['sent', 'head 200', 'end'], 1]);
  });
});

function awsOf({ authentication }: UpstreamRequest): Extract<NonNullable<typeof authentication>, { kind: 'aws' }> {
  if (authentication?.kind !== 'aws') throw new Error('not signed');
  return authentication;
}
