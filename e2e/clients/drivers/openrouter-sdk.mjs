import { OpenRouter } from '@openrouter/sdk';

import { apiKey, emptyKey, origin, tell, thrown } from './telling.mjs';

const client = new OpenRouter({ serverURL: `${origin}/api/v1`, apiKey, retryConfig: { strategy: 'none' } });
const model = 'demo/echo';
const messages = [{ role: 'user', content: 'Hello there' }];
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const send = (chatRequest, on = client) => on.chat.send({ chatRequest: { model, messages, ...chatRequest } });

await tell({
  async chat() {
    const answer = await send({ stream: false });
    return { text: answer.choices[0].message.content, usage: answer.usage };
  },
  async stream() {
    let text = '';
    let usage = null;
    for await (const chunk of await send({ stream: true })) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    return { text, usage };
  },
  async tools() {
    const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }];
    const answer = await send({
      stream: false,
      tools,
      messages: [{ role: 'user', content: 'call get_weather {"city":"Paris"}' }],
    });
    return answer.choices[0].message.toolCalls;
  },
  async structured() {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    };
    const answer = await send({
      stream: false,
      responseFormat: { type: 'json_schema', jsonSchema: { name: 'place', schema, strict: true } },
    });
    return JSON.parse(answer.choices[0].message.content);
  },
  async brokenStream() {
    let text = '';
    const error = await thrown(async () => {
      for await (const chunk of await send({ model: 'demo/cut', stream: true })) {
        text += chunk.choices[0]?.delta.content ?? '';
        if (chunk.error) throw new Error(`told: ${chunk.error.message}`);
      }
    });
    return { text, error };
  },
  async models() {
    const ids = [];
    for await (const page of await client.models.list()) ids.push(...page.result.data.map(({ id }) => id));
    return ids.filter((id) => id.startsWith('demo/')).length;
  },
  async credits() {
    return (await client.credits.getCredits()).data;
  },
  async errors() {
    const poor = new OpenRouter({ serverURL: `${origin}/api/v1`, apiKey: emptyKey, retryConfig: { strategy: 'none' } });
    return {
      model: await thrown(() => send({ stream: false, model: 'demo/none' })),
      balance: await thrown(() => send({ stream: false }, poor)),
    };
  },
});
