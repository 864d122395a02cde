import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';

import { apiKey, baseURL, tell } from './telling.mjs';

setTracingDisabled(true);
const openAIClient = new OpenAI({ baseURL, apiKey });
const model = 'demo/echo';

function storiesOf(useResponses) {
  const runner = new Runner({
    modelProvider: new OpenAIProvider({ openAIClient, useResponses }),
    tracingDisabled: true,
  });
  const asked = [];
  const weather = tool({
    name: 'get_weather',
    description: 'Tells the weather of a city.',
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => {
      asked.push(city);
      return `18 degrees in ${city}`;
    },
  });
  return {
    async plain() {
      const result = await runner.run(new Agent({ name: 'Plain', instructions: 'Be brief.', model }), 'Hello there');
      return result.finalOutput;
    },
    async tools() {
      const agent = new Agent({ name: 'Weather', instructions: 'Be brief.', model, tools: [weather] });
      const result = await runner.run(agent, 'call get_weather {"city":"Paris"} then call get_weather {"city":"Rome"}');
      return { text: result.finalOutput, asked };
    },
    async stream() {
      const agent = new Agent({ name: 'Plain', instructions: 'Be brief.', model });
      const result = await runner.run(agent, 'Hello there', { stream: true });
      let text = '';
      for await (const part of result.toTextStream()) text += part;
      await result.completed;
      return { text, final: result.finalOutput };
    },
    async structured() {
      const outputType = z.object({ city: z.string() });
      const agent = new Agent({ name: 'Place', instructions: 'Be brief.', model, outputType });
      return (await runner.run(agent, 'Where?')).finalOutput;
    },
    async handoff() {
      const other = new Agent({ name: 'Other', instructions: 'Be brief.', model });
      const first = Agent.create({ name: 'First', instructions: 'Be brief.', model, handoffs: [other] });
      const result = await runner.run(first, 'call transfer_to_Other {}');
      return { agent: result.lastAgent.name, text: result.finalOutput };
    },
  };
}

const named = (name, stories) =>
  Object.fromEntries(Object.entries(stories).map(([story, each]) => [`${name} ${story}`, each]));

await tell({ ...named('responses', storiesOf(true)), ...named('chat', storiesOf(false)) });
