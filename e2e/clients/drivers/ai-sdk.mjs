import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embedMany, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

import { apiKey, baseURL, emptyKey, tell, thrown } from './telling.mjs';

const openai = createOpenAI({ baseURL, apiKey });
const compatible = createOpenAICompatible({
  name: 'apilink',
  baseURL,
  apiKey,
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const anthropic = createAnthropic({ baseURL, apiKey });

const Place = z.object({ city: z.string(), people: z.number().int() });

/** The same stories with each of the AI SDK's providers. */
function storiesOf(model, thinker) {
  return {
    async text() {
      const { text, usage, finishReason } = await generateText({ model: model('demo/echo'), prompt: 'Hello there' });
      return { text, finishReason, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
    },
    async stream() {
      const result = streamText({ model: model('demo/echo'), prompt: 'Hello there' });
      let text = '';
      for await (const part of result.textStream) text += part;
      const usage = await result.usage;
      return { text, finishReason: await result.finishReason, outputTokens: usage.outputTokens };
    },
    async tools() {
      const asked = [];
      const weather = tool({
        description: 'Tells the weather of a city.',
        inputSchema: z.object({ city: z.string() }),
        execute: ({ city }) => {
          asked.push(city);
          return `18 degrees in ${city}`;
        },
      });
      const result = streamText({
        model: model('demo/echo'),
        prompt: 'call get_weather {"city":"Paris"} then call get_weather {"city":"Rome"}',
        tools: { get_weather: weather },
        stopWhen: stepCountIs(4),
      });
      return { text: await result.text, asked, steps: (await result.steps).length };
    },
    async structured() {
      const { output } = await generateText({
        model: model('demo/echo'),
        prompt: 'Where?',
        output: Output.object({ schema: Place }),
      });
      return output;
    },
    async reasoning() {
      const result = streamText({ model: model('demo/thinker'), prompt: 'Hello there', ...thinker });
      return { reasoning: (await result.reasoningText) ?? null, text: await result.text };
    },
    async broken() {
      const result = streamText({ model: model('demo/cut'), prompt: 'Hello there', maxRetries: 0, onError: () => {} });
      let text = '';
      const kinds = new Set();
      const error = await thrown(async () => {
        for await (const part of result.fullStream) {
          kinds.add(part.type);
          if (part.type === 'text-delta') text += part.text;
        }
      });
      return {
        text,
        sawError: kinds.has('error') || error !== 'nothing',
        finish: await result.finishReason.then(String, () => 'none'),
      };
    },
    async missing() {
      return thrown(() => generateText({ model: model('demo/none'), prompt: 'Hi', maxRetries: 0 }));
    },
  };
}

const named = (name, stories) =>
  Object.fromEntries(Object.entries(stories).map(([story, run]) => [`${name} ${story}`, run]));

await tell({
  ...named(
    'openai',
    storiesOf(openai, { providerOptions: { openai: { reasoningSummary: 'auto', forceReasoning: true } } }),
  ),
  ...named('compatible', storiesOf(compatible, {})),
  ...named('anthropic', storiesOf(anthropic, { providerOptions: { anthropic: { thinking: { type: 'adaptive' } } } })),

  async embeddings() {
    const { embeddings, usage } = await embedMany({
      model: openai.embedding('demo/embedding'),
      values: ['one', 'two'],
    });
    return { count: embeddings.length, length: embeddings[0].length, tokens: usage.tokens };
  },
  async exhausted() {
    const poor = createOpenAICompatible({ name: 'apilink', baseURL, apiKey: emptyKey });
    return thrown(() => generateText({ model: poor('demo/echo'), prompt: 'Hi', maxRetries: 3 }));
  },
});
