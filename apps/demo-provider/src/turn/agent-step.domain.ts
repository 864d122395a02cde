import { sampleOf } from '../answer/sample.domain.js';
import { lastRequest, promptOf, type Conversation, type DeclaredTool } from './conversation.domain.js';
import { fileWork, type Work } from './file-work.domain.js';

/** A call that the answer makes: `input` is JSON for a function, free text for a custom tool. */
export interface AskedCall {
  readonly tool: DeclaredTool;
  readonly input: string;
}

/**
 * The calls that the next answer makes; none = it answers in words. What the last user message asks for is read as steps;
 * each round of results that came since then is one step done. The grammar is in README.md.
 */
export function nextCalls(conversation: Conversation): readonly AskedCall[] {
  const { tools, toolChoice } = conversation;
  if (tools.length === 0 || toolChoice.kind === 'none') return [];
  const request = lastRequest(conversation);
  const steps = request === null ? [] : stepsOf(request.text, conversation);
  const calls = steps[roundsAfter(conversation, request?.at ?? 0)] ?? [];
  if (toolChoice.kind !== 'forced') return calls;
  const { names } = toolChoice;
  const allowed = (tool: DeclaredTool): boolean => names.length === 0 || names.includes(tool.name);
  const chosen = calls.filter(({ tool }) => allowed(tool));
  if (chosen.length > 0) return chosen;
  const forced = tools.find(allowed);
  return forced === undefined ? [] : [{ tool: forced, input: inputFor(forced, null) }];
}

function stepsOf(text: string, conversation: Conversation): readonly (readonly AskedCall[])[] {
  const named = namedCalls(text, conversation.tools);
  const steps = named.length > 0 ? named : fileWork(text, conversation.tools, promptOf(conversation)).map(callsOf);
  return conversation.parallelCalls ? steps : steps.flat().map((call) => [call]);
}

function callsOf({ tool, input }: Work): readonly AskedCall[] {
  return [{ tool, input: typeof input === 'string' ? input : JSON.stringify(input) }];
}

/** How often tools have answered since the user's last words. */
function roundsAfter({ entries }: Conversation, at: number): number {
  return entries.filter(
    (entry, index) => index > at && entry.kind === 'returned' && entries[index - 1]?.kind !== 'returned',
  ).length;
}

const NAMED =
  /\b(?:call|use)\s+(?:the\s+)?(?:tool\s+)?[`"']?([A-Za-z_][\w.-]{0,127})[`"']?(?:\s+tool)?(?:\s+with)?\s*/gi;

/** `call NAME {…}`, `use the tool NAME with {…}`; the word *then* between two begins a new step. */
function namedCalls(text: string, tools: readonly DeclaredTool[]): readonly (readonly AskedCall[])[] {
  const steps: AskedCall[][] = [];
  let readTo = 0;
  for (const match of text.matchAll(NAMED)) {
    const tool = toolNamed(match[1] ?? '', tools);
    if (tool === null || match.index < readTo) continue;
    const from = match.index + match[0].length;
    const input = inputAt(text, from);
    const isNext = steps.length === 0 || /\bthen\b/i.test(text.slice(readTo, match.index));
    if (isNext) steps.push([]);
    steps.at(-1)?.push({ tool, input: inputFor(tool, input?.text ?? null) });
    readTo = input?.end ?? from;
  }
  return steps;
}

/** By its name, its name behind its namespace, or the last part of a flattened name (`server__tool`). */
function toolNamed(word: string, tools: readonly DeclaredTool[]): DeclaredTool | null {
  const name = word.replace(/\.$/, '');
  return (
    tools.find((tool) => tool.name === name) ??
    tools.find((tool) => tool.namespace !== null && name === `${tool.namespace}.${tool.name}`) ??
    tools.find((tool) => tool.name.endsWith(`__${name}`)) ??
    null
  );
}

/** A JSON object or a fenced text that begins at a place of the request. */
function inputAt(text: string, from: number): { readonly text: string; readonly end: number } | null {
  const [fence, fenced] = /^```\w*\n?([\s\S]*?)```/.exec(text.slice(from)) ?? [];
  if (fence !== undefined && fenced !== undefined) return { text: fenced, end: from + fence.length };
  const end = text[from] === '{' ? objectEnd(text, from) : -1;
  return end === -1 ? null : { text: text.slice(from, end), end };
}

/** Behind the brace that closes the object; -1 when none does. */
function objectEnd(text: string, from: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const sign = text[at];
    if (sign === '\\' && quoted) at++;
    else if (sign === '"') quoted = !quoted;
    else if (!quoted && sign === '{') depth++;
    else if (!quoted && sign === '}' && --depth === 0) return at + 1;
  }
  return -1;
}

/** What was said for it, as far as the tool takes it; otherwise a value of its schema. */
function inputFor(tool: DeclaredTool, said: string | null): string {
  if (tool.kind === 'custom') return said ?? 'demo';
  if (said !== null && isJson(said)) return said;
  const schema = sampleOf(tool.schema, 'input');
  const input = typeof schema === 'object' && schema !== null ? schema : {};
  // A custom tool that was turned into a function for this dialect takes its text under this one name.
  return JSON.stringify(said !== null && 'input' in input ? { ...input, input: said } : input);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
