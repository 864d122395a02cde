import * as fc from 'fast-check';

import type { StopReason, TurnEvent } from '../turn/turn-event.js';
import type { TextPart, ToolCallPart, ToolResultPart, TurnPart } from '../turn/turn-part.js';
import type { OutputFormat, ToolChoice, TurnMessage, TurnRequest, TurnTool } from '../turn/turn-request.js';

/** What every dialect can say: random turns for the proofs that nothing of them is lost on the way. */
export const words = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => text.trim() === text);
const toolNames = ['get_weather', 'look-up', 'Run_1'] as const;

export function textOf(text: string): TextPart {
  return { type: 'text', text, cache: null, citations: [] };
}

const image: TurnPart = {
  type: 'image',
  source: { from: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' },
  detail: null,
  cache: null,
};
const userParts = fc.array(
  fc.oneof({ weight: 4, arbitrary: words.map(textOf) }, { weight: 1, arbitrary: fc.constant(image) }),
  {
    minLength: 1,
    maxLength: 3,
  },
);

interface Exchange {
  readonly asks: readonly TurnPart[];
  readonly says: string | null;
  readonly calls: readonly { readonly tool: number; readonly input: string; readonly result: string }[];
}

const inputs = fc.dictionary(fc.constantFrom('city', 'ünit', 'n'), fc.oneof(words, fc.integer(), fc.boolean()));
const exchange: fc.Arbitrary<Exchange> = fc.record({
  asks: userParts,
  says: fc.option(words),
  calls: fc.array(
    fc.record({
      tool: fc.nat({ max: toolNames.length - 1 }),
      input: inputs.map((input) => JSON.stringify(input)),
      result: words,
    }),
    { maxLength: 3 },
  ),
});

/** Every call is followed by its result, as all providers want it. */
function messagesOf(exchanges: readonly Exchange[]): TurnMessage[] {
  let count = 0;
  return exchanges.flatMap(({ asks, says, calls }): TurnMessage[] => {
    const asked: TurnMessage = { role: 'user', parts: asks, name: null };
    if (says === null && calls.length === 0) return [asked];
    const made = calls.map(({ tool, input, result }): [ToolCallPart, ToolResultPart] => {
      const callId = `call_${count++}`;
      const name = toolNames[tool] ?? 'x';
      return [
        {
          type: 'tool_call',
          callId,
          name,
          namespace: null,
          form: 'function',
          input,
          seal: null,
          id: null,
          cache: null,
        },
        { type: 'tool_result', callId, name, form: 'function', parts: [textOf(result)], isError: false, cache: null },
      ];
    });
    const parts: TurnPart[] = [...(says === null ? [] : [textOf(says)]), ...made.map(([call]) => call)];
    const results = made.map(([, result]): TurnMessage => ({ role: 'tool', parts: [result], name: null }));
    return [asked, { role: 'assistant', parts, name: null }, ...results];
  });
}

const tools: fc.Arbitrary<TurnTool[]> = fc
  .subarray([...toolNames])
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.option(words).map((description): TurnTool => functionOf(name, description)))),
  );

function functionOf(name: string, description: string | null): TurnTool {
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  return { form: 'function', name, namespace: null, description, parameters, strict: null, cache: null };
}

const formats: fc.Arbitrary<OutputFormat> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<OutputFormat>({ kind: 'text' }) },
  {
    weight: 1,
    arbitrary: fc.constant<OutputFormat>({
      kind: 'json_schema',
      name: 'answer',
      description: null,
      schema: {
        type: 'object',
        properties: { a: { type: 'string' } },
        required: ['a'],
        additionalProperties: false,
      },
      strict: true,
    }),
  },
);

const tenths = fc.option(fc.integer({ min: 0, max: 10 }).map((tenth) => tenth / 10));

export const turns: fc.Arbitrary<TurnRequest> = fc
  .record({
    system: fc.option(words),
    exchanges: fc.array(exchange, { maxLength: 3 }),
    last: words,
    tools,
    choice: fc.constantFrom<('auto' | 'none' | 'required' | 'tool' | null)[]>('auto', 'none', 'required', 'tool', null),
    format: formats,
    temperature: tenths,
    topP: tenths,
    stop: fc.uniqueArray(words, { maxLength: 3 }),
    // Responses takes no smaller limit than 16.
    maxTokens: fc.integer({ min: 16, max: 4000 }),
    stream: fc.boolean(),
  })
  .map(({ system, exchanges, last, tools: declared, choice, format, temperature, topP, stop, maxTokens, stream }) => {
    const [first] = declared;
    return {
      model: 'm',
      messages: [
        ...(system === null ? [] : [{ role: 'system' as const, parts: [textOf(system)], name: null }]),
        ...messagesOf(exchanges),
        { role: 'user' as const, parts: [textOf(last)], name: null },
      ],
      // A turn with calls has to declare what was called.
      tools: exchanges.some(({ calls }) => calls.length > 0)
        ? toolNames.map((name) => functionOf(name, null))
        : declared,
      toolChoice: first === undefined ? null : choiceOf(choice, first),
      parallelToolCalls: null,
      format,
      reasoning: null,
      sampling: {
        temperature,
        // Anthropic's newer models take one of the two.
        topP: temperature === null ? topP : null,
        topK: null,
        seed: null,
        stop,
        presencePenalty: null,
        frequencyPenalty: null,
        logitBias: null,
        topLogprobs: null,
      },
      maxTokens,
      choices: 1,
      stream,
      serviceTier: null,
      endUser: null,
      verbosity: null,
      promptCacheKey: null,
      metadata: {},
      extras: [],
    };
  });

function choiceOf(choice: 'auto' | 'none' | 'required' | 'tool' | null, tool: TurnTool): ToolChoice | null {
  if (choice === null || tool.form === 'web_search') return null;
  return choice === 'tool' ? { kind: 'tool', name: tool.name } : { kind: choice };
}

/** A part of a random answer, its text in the pieces in which it comes. */
export type AnsweredPart =
  | { readonly type: 'text'; readonly pieces: readonly string[] }
  | { readonly type: 'tool_call'; readonly callId: string; readonly name: string; readonly pieces: readonly string[] };

export interface Answered {
  readonly parts: readonly AnsweredPart[];
  readonly reason: StopReason;
}

const piecesOf = (whole: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc.tuple(whole, fc.array(fc.nat({ max: 40 }), { maxLength: 4 })).map(([text, cuts]) => {
    const letters = Array.from(text);
    const places = [
      0,
      ...cuts.filter((cut) => cut < letters.length).toSorted((one, other) => one - other),
      letters.length,
    ];
    return places
      .slice(1)
      .map((end, index) => letters.slice(places[index], end).join(''))
      .filter((piece) => piece !== '');
  });

/** One text at most, then calls: chat has no more than one text, and it stands in front. */
export const answers: fc.Arbitrary<Answered> = fc
  .record({
    text: fc.option(piecesOf(words)),
    calls: fc.array(fc.tuple(fc.constantFrom(...toolNames), piecesOf(inputs.map((input) => JSON.stringify(input)))), {
      maxLength: 3,
    }),
    isCut: fc.boolean(),
  })
  .filter(({ text, calls }) => text !== null || calls.length > 0)
  .map(({ text, calls, isCut }) => ({
    parts: [
      ...(text === null ? [] : [{ type: 'text' as const, pieces: text }]),
      ...calls.map(([name, pieces], index) => ({ type: 'tool_call' as const, callId: `call_${index}`, name, pieces })),
    ],
    reason: calls.length > 0 ? ('tool_calls' as const) : isCut ? ('length' as const) : ('stop' as const),
  }));

/** The events of an answer; calls are open at the same time and their pieces alternate. */
export function eventsOf({ parts, reason }: Answered): TurnEvent[] {
  const events: TurnEvent[] = [{ kind: 'begun', id: 'up', createdSeconds: 1, model: 'm' }];
  const calls: { readonly part: number; readonly pieces: readonly string[] }[] = [];
  for (const [part, answered] of parts.entries()) {
    if (answered.type === 'text') {
      events.push({ kind: 'part_begun', choice: 0, part, is: { type: 'text' } });
      for (const text of answered.pieces) events.push({ kind: 'delta', choice: 0, part, text, logprobs: [] });
      events.push({ kind: 'part_ended', choice: 0, part });
      continue;
    }
    const { callId, name, pieces } = answered;
    const is = { type: 'tool_call' as const, callId, name, namespace: null, form: 'function' as const, id: null };
    events.push({ kind: 'part_begun', choice: 0, part, is });
    calls.push({ part, pieces });
  }
  const longest = Math.max(0, ...calls.map(({ pieces }) => pieces.length));
  for (let round = 0; round < longest; round++) {
    for (const { part, pieces } of calls) {
      const text = pieces[round];
      if (text !== undefined) events.push({ kind: 'delta', choice: 0, part, text, logprobs: [] });
    }
  }
  for (const { part } of calls) events.push({ kind: 'part_ended', choice: 0, part });
  events.push({ kind: 'finish', choice: 0, reason, stopSequence: null });
  return events;
}
