import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { z } from 'zod';

import { apiKey, baseURL, origin, tell, thrown } from './telling.mjs';

const Place = z.object({ city: z.string() });
const weather = tool(({ city }) => `18 degrees in ${city}`, {
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  schema: z.object({ city: z.string() }),
});

function storiesOf(make) {
  return {
    async invoke() {
      const answer = await make('demo/echo').invoke('Hello there');
      return { text: answer.text, usage: answer.usage_metadata };
    },
    async stream() {
      let text = '';
      for await (const chunk of await make('demo/echo').stream('Hello there')) text += chunk.text;
      return text;
    },
    async tools() {
      const model = make('demo/echo').bindTools([weather]);
      const question = new HumanMessage('call get_weather {"city":"Paris"}');
      const called = await model.invoke([question]);
      const results = await Promise.all(called.tool_calls.map((call) => weather.invoke(call)));
      const answer = await model.invoke([question, called, ...results]);
      return {
        calls: called.tool_calls.map(({ name, args }) => ({ name, args })),
        isToolMessage: ToolMessage.isInstance(results[0]),
        text: answer.text,
      };
    },
    async structured() {
      return make('demo/echo').withStructuredOutput(Place, { name: 'place' }).invoke('Where?');
    },
    async broken() {
      return thrown(async () => {
        for await (const chunk of await make('demo/cut').stream('Hello there')) void chunk;
      });
    },
    async missing() {
      return thrown(() => make('demo/none').invoke('Hi'));
    },
  };
}

const named = (name, stories) =>
  Object.fromEntries(Object.entries(stories).map(([story, run]) => [`${name} ${story}`, run]));
const chat = (model) => new ChatOpenAI({ model, apiKey, maxRetries: 0, configuration: { baseURL } });
const responses = (model) =>
  new ChatOpenAI({ model, apiKey, maxRetries: 0, useResponsesApi: true, configuration: { baseURL } });
const messages = (model) =>
  new ChatAnthropic({ model, apiKey, maxRetries: 0, maxTokens: 500, anthropicApiUrl: origin });

await tell({
  ...named('chat', storiesOf(chat)),
  ...named('responses', storiesOf(responses)),
  ...named('messages', storiesOf(messages)),

  async embeddings() {
    const model = new OpenAIEmbeddings({ model: 'demo/embedding', apiKey, configuration: { baseURL } });
    const [one, other] = await model.embedDocuments(['one', 'two']);
    return { lengths: [one.length, other.length] };
  },
});
