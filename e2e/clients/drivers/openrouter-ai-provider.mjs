import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

import { apiKey, origin, tell, thrown } from './telling.mjs';

const openrouter = createOpenRouter({ baseURL: `${origin}/api/v1`, apiKey });
const model = openrouter('demo/echo');

await tell({
  async text() {
    const { text, usage, providerMetadata } = await generateText({ model, prompt: 'Hello there' });
    return { text, outputTokens: usage.outputTokens, cost: providerMetadata?.openrouter?.usage?.cost ?? null };
  },
  async stream() {
    const result = streamText({ model, prompt: 'Hello there' });
    let text = '';
    for await (const part of result.textStream) text += part;
    return { text, finishReason: await result.finishReason };
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
      model,
      prompt: 'call get_weather {"city":"Paris"}',
      tools: { get_weather: weather },
      stopWhen: stepCountIs(3),
    });
    return { text: await result.text, asked };
  },
  async structured() {
    const schema = z.object({ city: z.string() });
    return (await generateText({ model, prompt: 'Where?', output: Output.object({ schema }) })).output;
  },
  async reasoning() {
    const result = streamText({ model: openrouter('demo/thinker'), prompt: 'Hello there' });
    return { reasoning: (await result.reasoningText) ?? null, text: await result.text };
  },
  async missing() {
    return thrown(() => generateText({ model: openrouter('demo/none'), prompt: 'Hi', maxRetries: 0 }));
  },
});
