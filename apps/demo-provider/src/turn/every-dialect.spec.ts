import Anthropic from '@anthropic-ai/sdk';
import { createLogger, listen, type ServiceApplication } from '@apilink/service';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { z } from 'zod';

import { createDemoProviderApplication } from '../application.js';

const schema = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC';
const chunkSchema = z.looseObject({
  candidates: z.array(
    z.looseObject({
      content: z.looseObject({ parts: z.array(z.record(z.string(), z.unknown())) }),
      finishReason: z.string().optional(),
    }),
  ),
  usageMetadata: z.looseObject({ promptTokenCount: z.number(), totalTokenCount: z.number() }),
});

function partsOf(chunks: readonly z.output<typeof chunkSchema>[]): Record<string, unknown>[] {
  return chunks.flatMap(({ candidates }) => candidates.flatMap(({ content }) => content.parts));
}

describe('the demo provider in every dialect', () => {
  let application: ServiceApplication;
  let base: string;
  let openai: OpenAI;
  let anthropic: Anthropic;

  beforeAll(async () => {
    application = await createDemoProviderApplication({
      env: { DEMO_TOKENS_PER_SECOND: '20000' },
      logger: createLogger({ name: 'demo-provider', level: 'silent' }),
    });
    await application.start();
    const { port } = await listen(application.server, { host: '127.0.0.1', port: 0 }, 'PORT');
    base = `http://127.0.0.1:${port}`;
    openai = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'any', maxRetries: 0 });
    anthropic = new Anthropic({ baseURL: base, apiKey: 'any', maxRetries: 0 });
  });

  afterAll(async () => {
    await application.drain(1_000);
    application.server.closeAllConnections();
    await application.close();
  });

  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const generate = async (model: string, body: object): Promise<z.output<typeof chunkSchema>[]> => {
    const response = await post(`/v1beta/models/${model}:streamGenerateContent?alt=sse`, body);
    const events = (await response.text()).split('\r\n\r\n').filter((event) => event.startsWith('data: '));
    return events.map((event) => chunkSchema.parse(JSON.parse(event.slice(6))));
  };

  it('says the same words, with the same tokens, in each', async () => {
    const text = 'Name three rivers.';
    const chat = await openai.chat.completions.create({
      model: 'demo-echo',
      messages: [{ role: 'user', content: text }],
    });
    const response = await openai.responses.stream({ model: 'demo-echo', input: text }).finalResponse();
    const message = await anthropic.messages
      .stream({ model: 'demo-echo', max_tokens: 4096, messages: [{ role: 'user', content: text }] })
      .finalMessage();
    const chunks = await generate('demo-echo', { contents: [{ role: 'user', parts: [{ text }] }] });
    const words = chat.choices[0]?.message.content;
    expect(response.output_text).toBe(words);
    expect(message.content).toMatchObject([{ type: 'text', text: words }]);
    expect(
      partsOf(chunks)
        .map((part) => part['text'])
        .join(''),
    ).toBe(words);
    const tokens = [chat.usage?.prompt_tokens ?? 0, chat.usage?.completion_tokens ?? 0];
    expect([response.usage?.input_tokens, response.usage?.output_tokens]).toEqual(tokens);
    expect([message.usage.input_tokens, message.usage.output_tokens]).toEqual(tokens);
    const told = chunks.at(-1)?.usageMetadata;
    expect([told?.promptTokenCount, (told?.totalTokenCount ?? 0) - (told?.promptTokenCount ?? 0)]).toEqual(tokens);
  });

  it('calls a declared tool and then quotes what it answered', async () => {
    const text = 'use the tool get_weather with {"city":"Paris"}';
    const called = await openai.responses
      .stream({
        model: 'demo-echo',
        input: text,
        tools: [{ type: 'function', name: 'get_weather', parameters: schema, strict: true }],
      })
      .finalResponse();
    expect(called.output).toMatchObject([
      { type: 'function_call', name: 'get_weather', arguments: '{"city":"Paris"}' },
    ]);
    const use = await anthropic.messages
      .stream({
        model: 'demo-echo',
        max_tokens: 4096,
        tools: [{ name: 'get_weather', input_schema: schema }],
        messages: [{ role: 'user', content: text }],
      })
      .finalMessage();
    expect(use).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'tool_use', input: { city: 'Paris' } }] });
    const [block] = use.content;
    const answer = await anthropic.messages.create({
      model: 'demo-echo',
      max_tokens: 4096,
      tools: [{ name: 'get_weather', input_schema: schema }],
      messages: [
        { role: 'user', content: text },
        { role: 'assistant', content: use.content },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: block?.type === 'tool_use' ? block.id : '', content: '18 degrees' },
          ],
        },
      ],
    });
    expect(answer.content).toMatchObject([{ text: 'get_weather answered: 18 degrees' }]);
    const chunks = await generate('demo-echo', {
      contents: [{ role: 'user', parts: [{ text }] }],
      tools: [{ functionDeclarations: [{ name: 'get_weather', parameters: schema }] }],
    });
    expect(partsOf(chunks)).toContainEqual({
      functionCall: { id: expect.any(String), name: 'get_weather', args: { city: 'Paris' } },
    });
  });

  it('thinks where it was asked to, sealed, and takes back its own seals alone', async () => {
    const messages = [{ role: 'user' as const, content: 'Hello' }];
    const thought = await anthropic.messages
      .stream({
        model: 'demo-reasoning-8-tokens-4',
        max_tokens: 100,
        thinking: { type: 'adaptive', display: 'summarized' },
        messages,
      })
      .finalMessage();
    expect(thought.content).toMatchObject([
      { type: 'thinking', signature: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) },
      { type: 'text' },
    ]);
    expect(thought.usage.output_tokens).toBe(12);
    const again = (signature: string): Promise<Response> =>
      post('/v1/messages', {
        model: 'demo-echo',
        max_tokens: 10,
        messages: [
          ...messages,
          { role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature }] },
          ...messages,
        ],
      });
    const [block] = thought.content;
    expect((await again(block?.type === 'thinking' ? block.signature : '')).status).toBe(200);
    const refused = await again('Zm9yZWlnbg==');
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      {
        error: {
          type: 'invalid_request_error',
          message: expect.stringContaining('messages.1.content.0: Invalid `signature`'),
        },
      },
    ]);
    const reasoned = await openai.responses
      .stream({
        model: 'demo-reasoning-8-tokens-4',
        input: 'Hello',
        include: ['reasoning.encrypted_content'],
        reasoning: { summary: 'auto' },
      })
      .finalResponse();
    expect(reasoned.output).toMatchObject([
      { type: 'reasoning', encrypted_content: expect.any(String) },
      { type: 'message' },
    ]);
    expect(reasoned.usage?.output_tokens_details.reasoning_tokens).toBe(8);
    const parts = partsOf(
      await generate('demo-reasoning-8-tokens-4', {
        contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
        generationConfig: { thinkingConfig: { includeThoughts: true } },
      }),
    );
    expect([
      parts.filter((part) => part['thought'] === true).length,
      parts.filter((part) => 'thoughtSignature' in part).length,
    ]).toEqual([8, 1]);
  });

  it('obeys output limits and stops, and says so in the words of each', async () => {
    const limited = await openai.responses.create({ model: 'demo-tokens-90', max_output_tokens: 16, input: 'Hello' });
    expect([limited.status, limited.incomplete_details?.reason, limited.usage?.output_tokens]).toEqual([
      'incomplete',
      'max_output_tokens',
      16,
    ]);
    const messages = [{ role: 'user' as const, content: 'one two three four' }];
    const cut = await anthropic.messages.create({ model: 'demo-tokens-90', max_tokens: 16, messages });
    expect([cut.stop_reason, cut.usage.output_tokens]).toEqual(['max_tokens', 16]);
    const stopped = await anthropic.messages.create({
      model: 'demo-tokens-90',
      max_tokens: 90,
      stop_sequences: [' three'],
      messages,
    });
    expect(stopped).toMatchObject({
      stop_reason: 'stop_sequence',
      stop_sequence: ' three',
      content: [{ text: 'You said: one two' }],
    });
  });

  it('gives structured output of the schema, and the size of a picture', async () => {
    const structured = await openai.responses.create({
      model: 'demo-echo',
      input: 'Where?',
      text: { format: { type: 'json_schema', name: 'place', schema, strict: true } },
    });
    expect(JSON.parse(structured.output_text)).toEqual({ city: 'city' });
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: PNG };
    const content = [
      { type: 'image' as const, source },
      { type: 'text' as const, text: 'What is it?' },
    ];
    const seen = await anthropic.messages.create({
      model: 'demo-echo',
      max_tokens: 100,
      messages: [{ role: 'user', content }],
    });
    expect(seen.content).toMatchObject([
      { text: expect.stringMatching(/^The picture is 8 by 8 pixels\. You said: What is it\?/) },
    ]);
  });

  it.each([
    ['/v1/responses', { input: 'Hi' }, 'event: response.failed', 'response.completed'],
    ['/v1/messages', { max_tokens: 500, messages: [{ role: 'user', content: 'Hi' }] }, 'event: error', 'message_stop'],
  ])('%s: breaks as it is told, never with a clean end', async (path, body, failure, clean) => {
    const stream = async (model: string): Promise<string> =>
      (await post(path, { ...body, model, stream: true })).text();
    const failed = await stream('demo-error-event-20-tokens-60');
    expect([
      failed.split('_text.delta"').length + failed.split('text_delta"').length - 2,
      failed.includes(failure),
      failed.includes(clean),
    ]).toEqual([20, true, false]);
    await expect(stream('demo-cut-20-tokens-60')).rejects.toThrow('terminated');
    expect(await stream('demo-empty')).not.toMatch(/stop_reason":"|response\.completed/);
    expect(await stream('demo-malformed-3-tokens-9-write-7')).toContain('"delta":');
  });

  it.each([
    [
      '/v1/messages',
      { max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] },
      { type: 'error', error: { type: 'rate_limit_error' } },
    ],
    ['/v1/responses', { input: 'Hi' }, { error: { code: null } }],
  ])('%s: errors have the form of the dialect', async (path, body, expected) => {
    const response = await post(path, { ...body, model: 'demo-fail-429-retry-2000' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '2']);
    expect(await response.json()).toMatchObject(expected);
    expect((await post(path, { ...body, model: 'gpt-unknown' })).status).toBe(404);
    expect((await post(path, { model: 'demo-echo', input: 5 })).status).toBe(400);
  });

  it('refuses a result without its call and a call without its result, as every vendor does', async () => {
    const orphan = [{ type: 'function_call_output', call_id: 'call_x', output: 'y' }];
    expect((await post('/v1/responses', { model: 'demo-echo', input: orphan })).status).toBe(400);
    const call = { type: 'function_call', call_id: 'call_x', name: 'f', arguments: '{}' };
    expect((await post('/v1/responses', { model: 'demo-echo', input: [call] })).status).toBe(400);
    expect((await post('/v1/responses', { model: 'demo-echo', input: [call, ...orphan] })).status).toBe(200);
  });
});
