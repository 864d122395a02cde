import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';

import { apiKey, baseURL, counting, emptyKey, tell, thrown } from './telling.mjs';

const client = new OpenAI({ baseURL, apiKey });
const model = 'demo/echo';
const ask = (content) => [{ role: 'user', content }];
const Place = z.object({ city: z.string(), people: z.number().int() });
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

/** One call, without repeats, by a client with options of its own. */
const call =
  (options, body = {}) =>
  () =>
    new OpenAI({ baseURL, apiKey, maxRetries: 0, ...options }).chat.completions.create({
      model,
      messages: ask('Hi'),
      ...body,
    });

await tell({
  async chat() {
    const answer = await client.chat.completions.create({ model, messages: ask('Hello there') });
    return { text: answer.choices[0].message.content, finish: answer.choices[0].finish_reason, usage: answer.usage };
  },

  async stream() {
    const stream = await client.chat.completions.create({
      model,
      messages: ask('Hello there'),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let finish = null;
    let usage = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    return { text, finish, usage };
  },

  async tools() {
    const asked = [];
    const runner = client.chat.completions.runTools({
      model,
      stream: true,
      messages: ask('call get_weather {"city":"Paris"} and call get_weather {"city":"Rome"}'),
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'Tells the weather of a city.',
            parameters,
            parse: JSON.parse,
            function: ({ city }) => {
              asked.push(city);
              return `18 degrees in ${city}`;
            },
          },
        },
      ],
    });
    return { text: await runner.finalContent(), asked };
  },

  async structured() {
    const answer = await client.chat.completions.parse({
      model,
      messages: ask('Where?'),
      response_format: zodResponseFormat(Place, 'place'),
    });
    return answer.choices[0].message.parsed;
  },

  async limit() {
    const answer = await client.chat.completions.create({
      model,
      messages: ask('Hello'),
      max_completion_tokens: 20,
      n: 2,
    });
    return { finishes: answer.choices.map((choice) => choice.finish_reason), tokens: answer.usage.completion_tokens };
  },

  async responses() {
    const answer = await client.responses.create({ model, input: 'Hello there' });
    return { text: answer.output_text, status: answer.status, usage: answer.usage };
  },

  async responsesStream() {
    const stream = client.responses.stream({ model, input: 'Hello there' });
    let text = '';
    stream.on('response.output_text.delta', ({ delta }) => (text += delta));
    const final = await stream.finalResponse();
    return { text, final: final.output_text, status: final.status };
  },

  async responsesTools() {
    const tools = [{ type: 'function', name: 'get_weather', parameters, strict: true }];
    const first = await client.responses.create({ model, input: 'call get_weather {"city":"Paris"}', tools });
    const [asked] = first.output;
    const second = await client.responses.create({
      model,
      tools,
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: asked.call_id, output: '18 degrees' }],
    });
    return { call: { type: asked.type, name: asked.name, arguments: asked.arguments }, text: second.output_text };
  },

  async responsesStructured() {
    const answer = await client.responses.parse({
      model,
      input: 'Where?',
      text: { format: zodTextFormat(Place, 'place') },
    });
    return answer.output_parsed;
  },

  async embeddings() {
    const input = ['one', 'two'];
    const packed = await client.embeddings.create({ model: 'demo/embedding', input });
    const plain = await client.embeddings.create({ model: 'demo/embedding', input, encoding_format: 'float' });
    const distance = packed.data[1].embedding.map((value, at) => Math.abs(value - plain.data[1].embedding[at]));
    return {
      count: packed.data.length,
      length: packed.data[0].embedding.length,
      distance: Math.max(...distance),
      usage: packed.usage,
    };
  },

  async models() {
    const names = [];
    for await (const { id } of client.models.list()) names.push(id);
    return names.filter((id) => id.startsWith('demo/'));
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
    const error = await thrown(async () => {
      const stream = await client.chat.completions.create({
        model: 'demo/cut',
        messages: ask('Hello there'),
        stream: true,
      });
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    });
    return { text, error };
  },

  async retries() {
    const busy = counting();
    const patient = new OpenAI({ baseURL, apiKey, maxRetries: 1, fetch: busy.fetch });
    const failed = await thrown(() => patient.chat.completions.create({ model: 'demo/fail', messages: ask('Hi') }));
    const broke = counting();
    const poor = new OpenAI({ baseURL, apiKey: emptyKey, maxRetries: 3, fetch: broke.fetch });
    await thrown(() => poor.chat.completions.create({ model, messages: ask('Hi') }));
    return { failed: failed.status, failedRequests: busy.counter.requests, exhaustedRequests: broke.counter.requests };
  },
});
