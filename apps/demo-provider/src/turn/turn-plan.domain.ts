import { createHash } from 'node:crypto';

import { answerLength, answerTokens, promptTokens } from '../answer/answer.domain.js';
import { pictureSize } from '../answer/picture.domain.js';
import { sampleOf } from '../answer/sample.domain.js';
import { tokenPieces } from '../answer/token-pieces.domain.js';
import type { Scenario } from '../scenario/scenario.domain.js';
import { nextCalls } from './agent-step.domain.js';
import { lastRequest, promptOf, type Conversation, type DeclaredTool } from './conversation.domain.js';

/** A piece of an answer; its text is its tokens joined. */
export type PlannedPart =
  | { readonly kind: 'reasoning'; readonly count: number; tokens(): Iterable<string> }
  | { readonly kind: 'text'; readonly count: number; tokens(): Iterable<string> }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly tool: DeclaredTool;
      readonly count: number;
      tokens(): Iterable<string>;
    };

/** Why an answer ends; null = it does not say. */
export type Finish = 'stop' | 'length' | 'calls' | 'filtered' | null;

export interface PlannedChoice {
  readonly index: number;
  readonly parts: readonly PlannedPart[];
  readonly finish: Finish;
  /** The stop text that ended it; null without one. */
  readonly stoppedBy: string | null;
}

/** Tokens of a whole answer: `input` holds cached and written ones, `output` the reasoning. */
export interface PlannedUsage {
  readonly input: number;
  readonly cached: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

/** An answer as it is meant to be, before any fault, in no dialect. */
export interface TurnPlan {
  /** Of this request alone; dialects put their own letters in front. */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
  readonly choices: readonly PlannedChoice[];
  /** Tokens that are written, over all choices. */
  readonly tokens: number;
  /** The reasoning is told to every client. */
  readonly reasoningShown: boolean;
  readonly usage: PlannedUsage | null;
  /** Whether the sign that ends a stream is sent, in dialects that have one beside the finish. */
  readonly done: boolean;
}

export interface Identity {
  readonly id: string;
  readonly created: number;
}

const TOKENS_OF_A_PICTURE = 85;

/** The answer to a conversation: its parts, how it ends and what it costs. */
export function planTurn(conversation: Conversation, scenario: Scenario, identity: Identity): TurnPlan {
  const calls = scenario.tokens === 0 ? [] : nextCalls(conversation);
  const limit = Math.max(0, (conversation.maxTokens ?? Number.POSITIVE_INFINITY) - scenario.reasoningTokens);
  const choices = Array.from({ length: conversation.choices }, (_, index): PlannedChoice => {
    const whole =
      calls.length > 0
        ? calls.map(({ tool, input }, at) => callPart(conversation, tool, { input, at, index }))
        : [textPart(conversation, scenario, index)];
    return choiceOf(index, whole, { conversation, scenario, limit });
  });
  const visible = choices.reduce((sum, { parts }) => sum + parts.reduce((count, part) => count + counted(part), 0), 0);
  return {
    ...identity,
    model: conversation.model,
    choices,
    tokens: visible,
    reasoningShown: scenario.reasoningShown,
    usage: scenario.usage ? usageOf(conversation, visible, scenario) : null,
    done: scenario.done,
  };
}

const counted = (part: PlannedPart): number => (part.kind === 'reasoning' ? 0 : part.count);

export function joined(part: PlannedPart): string {
  return [...part.tokens()].join('');
}

interface Bounds {
  readonly conversation: Conversation;
  readonly scenario: Scenario;
  readonly limit: number;
}

function choiceOf(index: number, whole: readonly PlannedPart[], bounds: Bounds): PlannedChoice {
  const { conversation, scenario, limit } = bounds;
  const { parts: asked, stoppedBy } = stopped(whole, conversation.stops);
  const cut = limited(asked, limit);
  const isCut = cut.length < asked.length || cut.some((part, at) => part.count < (asked[at]?.count ?? 0));
  const reason = scenario.ending.kind === 'finish' ? scenario.ending.reason : 'stop';
  const own = asked.some(({ kind }) => kind === 'call') ? 'calls' : 'stop';
  const ending: Finish = reason === null ? null : reason === 'content_filter' ? 'filtered' : own;
  const reasoning = scenario.reasoningTokens > 0 ? [reasoningPart(conversation, scenario, index)] : [];
  return {
    index,
    parts: [...reasoning, ...cut.filter(({ kind, count }) => kind === 'call' || count > 0)],
    finish: isCut ? 'length' : ending,
    stoppedBy: isCut ? null : stoppedBy,
  };
}

/** Ends the text before the first stop. */
function stopped(
  parts: readonly PlannedPart[],
  stops: readonly string[],
): { readonly parts: readonly PlannedPart[]; readonly stoppedBy: string | null } {
  const [part] = parts;
  if (stops.length === 0 || part?.kind !== 'text') return { parts, stoppedBy: null };
  const text = joined(part);
  const found = stops
    .map((stop) => ({ stop, at: stop === '' ? -1 : text.indexOf(stop) }))
    .filter(({ at }) => at !== -1)
    .toSorted((one, other) => one.at - other.at)[0];
  if (found === undefined) return { parts, stoppedBy: null };
  return { parts: [fixedText(text.slice(0, found.at))], stoppedBy: found.stop };
}

function limited(parts: readonly PlannedPart[], limit: number): readonly PlannedPart[] {
  let left = limit;
  return parts.flatMap((part) => {
    const count = Math.min(part.count, left);
    if (count === 0 && part.count > 0) return [];
    left -= count;
    return [{ ...part, count, tokens: () => first(count, part.tokens()) }];
  });
}

function* first(count: number, tokens: Iterable<string>): Generator<string, void> {
  if (count === 0) return;
  let left = count;
  for (const token of tokens) {
    yield token;
    if (--left === 0) return;
  }
}

function fixedText(text: string): PlannedPart {
  const pieces = tokenPieces(text);
  return { kind: 'text', count: pieces.length, tokens: () => pieces };
}

function callPart(
  conversation: Conversation,
  tool: DeclaredTool,
  { input, at, index }: { readonly input: string; readonly at: number; readonly index: number },
): PlannedPart {
  const pieces = tokenPieces(input);
  const id = digest(`${JSON.stringify(conversation.entries)}#${index}#${at}`).slice(0, 20);
  return { kind: 'call', id, tool, count: pieces.length, tokens: () => pieces };
}

function reasoningPart(conversation: Conversation, scenario: Scenario, index: number): PlannedPart {
  const prompt = [{ role: 'user', text: 'Let me think.' }, ...promptOf(conversation)];
  const count = scenario.reasoningTokens;
  return { kind: 'reasoning', count, tokens: () => first(count, answerTokens(prompt, index)) };
}

function textPart(conversation: Conversation, scenario: Scenario, index: number): PlannedPart {
  const { output } = conversation;
  const prompt = promptOf(conversation);
  if (output.kind === 'schema') return fixedText(JSON.stringify(sampleOf(output.schema)));
  if (output.kind === 'json')
    return fixedText(JSON.stringify({ answer: lastRequest(conversation)?.text.slice(0, 200) ?? '' }));
  const results = resultsQuoted(conversation);
  if (results !== null && scenario.tokens === null) return fixedText(results);
  const opening = results === null ? seen(conversation) : tokenPieces(`${results} `);
  const count = scenario.tokens ?? answerLength(prompt) + opening.length;
  return {
    kind: 'text',
    count,
    tokens: () => first(count, following(opening, answerTokens(askedOf(conversation), index))),
  };
}

function* following(opening: readonly string[], tokens: Iterable<string>): Generator<string, void> {
  yield* opening;
  yield* tokens;
}

/** The prompt with the person's own words last, so that the answer begins with them. */
function askedOf(conversation: Conversation): ReturnType<typeof promptOf> {
  const prompt = promptOf(conversation);
  const request = lastRequest(conversation);
  return request === null ? prompt : prompt.with(request.at, { role: 'user', text: request.text });
}

/** What the tools answered to the last request; null when they were not asked last. */
function resultsQuoted({ entries }: Conversation): string | null {
  const last = entries.findLastIndex((entry) => entry.kind !== 'returned' && !isNote(entry));
  const results = entries.slice(last + 1).flatMap((entry) => (entry.kind === 'returned' ? [entry] : []));
  if (results.length === 0) return null;
  return results
    .map(({ id, text }) => {
      const call = entries.find((entry) => entry.kind === 'called' && entry.id === id && id !== null);
      return `${call?.kind === 'called' ? call.name : 'The tool'} answered: ${text.trim().slice(0, 600)}`;
    })
    .join('\n');
}

/** What an agent put beside a tool's result is nobody's request. */
function isNote(entry: Conversation['entries'][number]): boolean {
  return (
    entry.kind === 'said' && entry.text.replaceAll(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').trim() === ''
  );
}

/** A sentence about each picture, file and sound of the last request. */
function seen(conversation: Conversation): readonly string[] {
  const attachments = lastRequest(conversation)?.attachments ?? [];
  return attachments.flatMap(({ kind, url, data }) => {
    if (data === null) return tokenPieces(`The ${kind} stands at ${url ?? 'no address'}. `);
    const size = kind === 'picture' ? pictureSize(data) : null;
    if (size !== null) return tokenPieces(`The picture is ${size.width} by ${size.height} pixels. `);
    return tokenPieces(`The ${kind} has ${Buffer.byteLength(data, 'base64')} bytes. `);
  });
}

function usageOf(conversation: Conversation, visible: number, scenario: Scenario): PlannedUsage {
  const reasoning = conversation.choices * scenario.reasoningTokens;
  const input = conversationTokens(conversation.entries);
  const cached = Math.min(scenario.cachedTokens, input);
  return {
    input,
    cached,
    cacheWrite: Math.min(scenario.cacheWriteTokens, input - cached),
    output: scenario.reportedTokens ?? visible + reasoning,
    reasoning,
  };
}

/** Tokens of a conversation, pictures included. */
export function conversationTokens(entries: Conversation['entries']): number {
  const attachments = entries.reduce((sum, entry) => sum + (entry.kind === 'said' ? entry.attachments.length : 0), 0);
  return promptTokens(promptOf({ entries })) + TOKENS_OF_A_PICTURE * attachments;
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
