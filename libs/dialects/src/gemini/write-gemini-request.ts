import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { withFunctionsOnly } from '../turn/function-forms.js';
import type { JsonRecord, OutputFormat, Sampling, TurnRequest, TurnTarget, TurnWriting } from '../turn/turn-request.js';
import { geminiContents } from './write-gemini-contents.js';
import { geminiThinking } from './write-gemini-thinking.js';
import { geminiTools } from './write-gemini-tools.js';

/** Gemini has no switch for it and obeys the words. */
const ONE_CALL_AT_A_TIME = 'Call at most one function in one answer, and wait for its result before you call another.';
const STOP_SEQUENCES_MAX = 5;
const CANDIDATES_MAX = 8;
const TOP_LOGPROBS_MAX = 20;

/** A turn as a request of Gemini's `generateContent`; the model and whether it is streamed stand in the path. */
export function writeGeminiRequest(asked: TurnRequest, target: TurnTarget): TurnWriting {
  const problem = problemOf(asked);
  if (problem !== null) return { problem };
  const turn = withFunctionsOnly(asked);
  const tools = geminiTools(turn);
  if ('problem' in tools) return tools;
  const written = geminiContents(turn.messages, target.model);
  if ('problem' in written) return written;
  const { contents } = written;
  const system = tools.isOneAtATime ? [...written.system, { text: ONE_CALL_AT_A_TIME }] : written.system;
  const generationConfig = configOf(turn, target);
  const tier = tierOf(turn.serviceTier);
  return {
    body: {
      ...(system.length === 0 ? {} : { systemInstruction: { parts: system } }),
      contents: contents.length === 0 ? [{ role: 'user', parts: [{ text: '' }] }] : contents,
      ...(tools.tools.length === 0 ? {} : { tools: tools.tools }),
      ...(tools.toolConfig === null ? {} : { toolConfig: tools.toolConfig }),
      ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
      ...(tier === null ? {} : { serviceTier: tier }),
    },
  };
}

function problemOf(turn: TurnRequest): RequestProblem | null {
  const { sampling, choices, verbosity, serviceTier, extras } = turn;
  const extra = extras.find(({ isHarmless }) => !isHarmless);
  if (extra !== undefined) return unsupported(extra.path, 'Gemini has nothing that means the same');
  if (sampling.logitBias !== null) return unsupported('logit_bias', 'Gemini has no biases of tokens');
  if (sampling.stop.length > STOP_SEQUENCES_MAX) {
    return unsupported('stop', `Gemini takes ${STOP_SEQUENCES_MAX} stop sequences at most`);
  }
  if (choices > CANDIDATES_MAX) return unsupported('n', `Gemini gives ${CANDIDATES_MAX} answers at most`);
  if ((sampling.topLogprobs ?? 0) > TOP_LOGPROBS_MAX) {
    return unsupported('top_logprobs', `Gemini tells ${TOP_LOGPROBS_MAX} at most`);
  }
  if (verbosity === 'low' || verbosity === 'high')
    return unsupported('verbosity', 'Gemini cannot be told how much to say');
  if (serviceTier !== null && !tiers.has(serviceTier)) {
    return unsupported('service_tier', `Gemini has no tier ${JSON.stringify(serviceTier.slice(0, 40))}`);
  }
  return null;
}

/** The tiers of other dialects and what Gemini calls them; null is the one that nobody needs to name. */
const tiers: ReadonlyMap<string, string | null> = new Map([
  ['auto', null],
  ['default', null],
  ['standard', null],
  ['standard_only', null],
  ['flex', 'flex'],
  ['priority', 'priority'],
]);

function tierOf(serviceTier: string | null): string | null {
  return serviceTier === null ? null : (tiers.get(serviceTier) ?? null);
}

function configOf(turn: TurnRequest, target: TurnTarget): JsonRecord {
  const maxOutputTokens = target.maxTokens ?? turn.maxTokens;
  const thinkingConfig = geminiThinking(turn.reasoning, target.model);
  return {
    ...samplingOf(turn.sampling),
    ...(maxOutputTokens === null ? {} : { maxOutputTokens }),
    ...(turn.choices === 1 ? {} : { candidateCount: turn.choices }),
    ...formatOf(turn.format),
    ...(thinkingConfig === null ? {} : { thinkingConfig }),
  };
}

function samplingOf(sampling: Sampling): JsonRecord {
  const { temperature, topP, topK, seed, stop, presencePenalty, frequencyPenalty, topLogprobs } = sampling;
  const logprobs = topLogprobs === null || topLogprobs === 0 ? null : topLogprobs;
  const members: JsonRecord = {
    temperature,
    topP,
    topK,
    seed,
    presencePenalty,
    frequencyPenalty,
    stopSequences: stop.length === 0 ? null : stop,
    responseLogprobs: topLogprobs === null ? null : true,
    logprobs,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function formatOf(format: OutputFormat): JsonRecord {
  if (format.kind === 'text') return {};
  const responseMimeType = 'application/json';
  return format.kind === 'json_schema' ? { responseMimeType, responseJsonSchema: format.schema } : { responseMimeType };
}
