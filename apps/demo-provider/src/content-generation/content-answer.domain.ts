import { sealFor } from '../turn/seal.domain.js';
import {
  closing,
  SSE,
  token,
  opening,
  TOLD_TO_FAIL,
  type ProviderError,
  type Speech,
  type StreamPiece,
  type TurnDialect,
} from '../turn/turn-dialect.domain.js';
import { joined, type Finish, type PlannedChoice, type PlannedUsage, type TurnPlan } from '../turn/turn-plan.domain.js';

interface ContentWishes {
  readonly thoughts: boolean;
  /** Server-sent events; otherwise a stream is one JSON array. */
  readonly events: boolean;
}

const finishReasons: Readonly<Record<Exclude<Finish, null>, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  calls: 'STOP',
  filtered: 'SAFETY',
};

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

export const contentDialect: TurnDialect = {
  name: 'gemini',
  errorBody: ({ status, code, message }: ProviderError) => ({
    error: {
      code: status,
      message:
        code === 'context_length_exceeded'
          ? 'The input token count (12) exceeds the maximum number of tokens allowed (10).'
          : message,
      status: statuses[status] ?? 'INTERNAL',
    },
  }),
};

/** Gemini's generateContent: each chunk is an answer by itself, and each tells the usage so far. */
export function contentSpeech(wishes: ContentWishes): Speech {
  const failure = { error: { code: 500, message: TOLD_TO_FAIL, status: 'INTERNAL' } };
  return {
    contentType: wishes.events ? SSE : 'application/json; charset=utf-8',
    pieces: (plan) => pieces(plan, wishes),
    whole: (plan) => whole(plan, wishes),
    errorEvent: () => (wishes.events ? eventOf(failure) : `,\r\n${JSON.stringify(failure)}`),
    malformedEvent: wishes.events ? 'data: {"candidates": [{"content": {"parts":\r\n\r\n' : ',\r\n{"candidates": [',
  };
}

const eventOf = (data: object): string => `data: ${JSON.stringify(data)}\r\n\r\n`;

function* pieces(plan: TurnPlan, { thoughts, events }: ContentWishes): Generator<StreamPiece, void> {
  let isFirst = true;
  const written = (candidate: object, output: number | null): string => {
    const usage = plan.usage === null ? {} : { usageMetadata: usageOf(plan.usage, output) };
    const chunk = { candidates: [candidate], ...usage, modelVersion: plan.model, responseId: plan.id };
    const before = isFirst ? '[' : ',\r\n';
    isFirst = false;
    return events ? eventOf(chunk) : `${before}${JSON.stringify(chunk)}`;
  };
  const running = plan.choices.map((choice) => ({ choice, parts: partsOf(choice, thoughts || plan.reasoningShown) }));
  let output = 0;
  for (let advanced = true; advanced;) {
    advanced = false;
    for (const { choice, parts } of running) {
      const { done, value } = parts.next();
      if (done === true) continue;
      advanced = true;
      if (!value.isThought) output += value.tokens;
      const candidate = { content: { parts: [value.part], role: 'model' }, index: choice.index };
      const text = written(candidate, output);
      // A call comes in one piece; its tokens are paced and counted before it.
      for (let paced = 1; paced < value.tokens; paced++) yield token('', choice.index === 0);
      yield value.tokens > 0 ? token(text, choice.index === 0) : opening(text);
    }
  }
  yield closing('');
  for (const { index, finish } of plan.choices) {
    if (finish === null) continue;
    const candidate = { content: { parts: [{ text: '' }], role: 'model' }, finishReason: finishReasons[finish], index };
    yield closing(written(candidate, null));
  }
  if (!events) yield closing(isFirst ? '[]' : ']');
}

interface TellingPart {
  readonly part: object;
  readonly isThought: boolean;
  readonly tokens: number;
}

function* partsOf({ parts }: PlannedChoice, thoughts: boolean): Generator<TellingPart, void> {
  const thinking = parts.find(({ kind }) => kind === 'reasoning');
  // The signature stands on the first part behind the thoughts.
  let seal = thinking === undefined ? {} : { thoughtSignature: sealFor('gemini', joined(thinking)) };
  for (const part of parts) {
    if (part.kind === 'reasoning') {
      if (!thoughts) continue;
      for (const text of part.tokens()) yield { part: { text, thought: true }, isThought: true, tokens: 1 };
    } else if (part.kind === 'text') {
      for (const text of part.tokens()) {
        yield { part: { text, ...seal }, isThought: false, tokens: 1 };
        seal = {};
      }
    } else {
      const functionCall = { id: part.id, name: part.tool.name, args: argsOf(joined(part)) };
      yield { part: { functionCall, ...seal }, isThought: false, tokens: part.count };
      seal = {};
    }
  }
}

function argsOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function whole(plan: TurnPlan, { thoughts }: ContentWishes): object {
  const candidates = plan.choices.map((choice) => {
    const parts = choice.parts.flatMap((part, index): readonly object[] => {
      if (part.kind === 'reasoning')
        return thoughts || plan.reasoningShown ? [{ text: joined(part), thought: true }] : [];
      const before = choice.parts[index - 1];
      const seal = before?.kind === 'reasoning' ? { thoughtSignature: sealFor('gemini', joined(before)) } : {};
      if (part.kind === 'text') return [{ text: joined(part), ...seal }];
      return [{ functionCall: { id: part.id, name: part.tool.name, args: argsOf(joined(part)) }, ...seal }];
    });
    const finish = choice.finish === null ? {} : { finishReason: finishReasons[choice.finish] };
    return { content: { parts, role: 'model' }, ...finish, index: choice.index };
  });
  const usage = plan.usage === null ? {} : { usageMetadata: usageOf(plan.usage, null) };
  return { candidates, ...usage, modelVersion: plan.model, responseId: plan.id };
}

/** `candidatesTokenCount` is without the thoughts; null = all of them. */
function usageOf({ input, cached, output, reasoning }: PlannedUsage, soFar: number | null): object {
  const candidates = soFar ?? output - reasoning;
  return {
    promptTokenCount: input,
    ...(cached > 0 ? { cachedContentTokenCount: cached } : {}),
    candidatesTokenCount: candidates,
    ...(reasoning > 0 ? { thoughtsTokenCount: reasoning } : {}),
    totalTokenCount: input + candidates + reasoning,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: input }],
  };
}
