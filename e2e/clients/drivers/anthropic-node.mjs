import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { z } from 'zod';

import { apiKey, counting, emptyKey, origin as baseURL, tell, thrown } from './telling.mjs';

const client = new Anthropic({ baseURL, apiKey });
const model = 'demo/echo';
const ask = (content) => [{ role: 'user', content }];
const Place = z.object({ city: z.string(), people: z.number().int() });

/** One call, without repeats, by a client with options of its own. */
const call =
  (options, body = {}) =>
  () =>
    new Anthropic({ baseURL, apiKey, maxRetries: 0, ...options }).messages.create({
      model,
      max_tokens: 100,
      messages: ask('Hi'),
      ...body,
    });

await tell({
  async message() {
    const answer = await client.messages.create({ model, max_tokens: 200, messages: ask('Hello there') });
    return { content: answer.content, stop: answer.stop_reason, usage: answer.usage };
  },

  async stream() {
    let text = '';
    const stream = client.messages
      .stream({ model, max_tokens: 200, messages: ask('Hello there') })
      .on('text', (delta) => (text += delta));
    const final = await stream.finalMessage();
    return { text, final: final.content, stop: final.stop_reason, usage: final.usage };
  },

  async tools() {
    const asked = [];
    const final = await client.beta.messages.toolRunner({
      model,
      max_tokens: 500,
      messages: ask('call get_weather {"city":"Paris"} and call get_weather {"city":"Rome"}'),
      tools: [
        betaZodTool({
          name: 'get_weather',
          description: 'Tells the weather of a city.',
          inputSchema: z.object({ city: z.string() }),
          run: ({ city }) => {
            asked.push(city);
            return `18 degrees in ${city}`;
          },
        }),
      ],
    });
    return { content: final.content, asked };
  },

  async structured() {
    const answer = await client.messages.parse({
      model,
      max_tokens: 200,
      messages: ask('Where?'),
      output_config: { format: zodOutputFormat(Place) },
    });
    return answer.parsed_output;
  },

  async thinking() {
    const thinking = { type: 'adaptive', display: 'summarized' };
    const tools = [{ name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }];
    const messages = ask('call get_weather {"city":"Paris"}');
    const first = await client.messages
      .stream({ model: 'demo/thinker', max_tokens: 500, thinking, tools, messages })
      .finalMessage();
    const use = first.content.find(({ type }) => type === 'tool_use');
    const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: '18 degrees' }] };
    const second = await client.messages.create({
      model: 'demo/thinker',
      max_tokens: 500,
      thinking,
      tools,
      messages: [...messages, { role: 'assistant', content: first.content }, result],
    });
    return { first: first.content.map(({ type }) => type), last: second.content.at(-1) };
  },

  async countTokens() {
    return client.messages.countTokens({ model, messages: ask('Hello there') });
  },

  async errors() {
    return {
      key: await thrown(call({ apiKey: 'sk-al-v1-wrong' })),
      model: await thrown(call({}, { model: 'demo/none' })),
      value: await thrown(call({}, { max_tokens: -1 })),
      balance: await thrown(call({ apiKey: emptyKey })),
      upstream: await thrown(call({}, { model: 'demo/fail' })),
    };
  },

  async brokenStream() {
    let text = '';
    const error = await thrown(() =>
      client.messages
        .stream({ model: 'demo/cut', max_tokens: 200, messages: ask('Hello there') })
        .on('text', (delta) => (text += delta))
        .finalMessage(),
    );
    return { text, error };
  },

  async retries() {
    const busy = counting();
    const patient = new Anthropic({ baseURL, apiKey, maxRetries: 1, fetch: busy.fetch });
    const failed = await thrown(() =>
      patient.messages.create({ model: 'demo/fail', max_tokens: 100, messages: ask('Hi') }),
    );
    const broke = counting();
    const poor = new Anthropic({ baseURL, apiKey: emptyKey, maxRetries: 3, fetch: broke.fetch });
    await thrown(() => poor.messages.create({ model, max_tokens: 100, messages: ask('Hi') }));
    return { failed: failed.status, failedRequests: busy.counter.requests, exhaustedRequests: broke.counter.requests };
  },
});
