import { createHash } from 'node:crypto';

import { CUSTOM_INPUT, customArguments } from './custom-input.js';
import type { ToolCallPart, ToolResultPart, TurnPart } from './turn-part.js';
import type { JsonRecord, ToolChoice, TurnRequest, TurnTool } from './turn-request.js';

/** What every provider takes as a function's name. */
const NAME_CHARACTERS_MAX = 64;
const HASH_CHARACTERS = 8;
const notInNames = /[^a-zA-Z0-9_-]/g;

/** A tool as the client declared it. */
export interface DeclaredTool {
  readonly name: string;
  readonly namespace: string | null;
  readonly form: 'function' | 'custom';
}

/**
 * The request with plain functions alone, for upstreams that know nothing else: a namespaced tool is called
 * `namespace__name`, a custom one takes `{"input": "…"}`. Searching the web stays for the writer to say or to refuse.
 * `declaredToolsOf(turn.tools)` is the way back.
 */
export function withFunctionsOnly(turn: TurnRequest): TurnRequest {
  const names = new FunctionNames(turn.tools);
  const toPart = (part: TurnPart): TurnPart => {
    if (part.type === 'tool_call') return functionCall(part, names);
    return part.type === 'tool_result' ? functionResult(part, names) : part;
  };
  return {
    ...turn,
    tools: turn.tools.map((tool) => functionTool(tool, names)),
    toolChoice: turn.toolChoice === null ? null : functionChoice(turn.toolChoice, names),
    messages: turn.messages.map((message) => ({ ...message, parts: message.parts.map(toPart) })),
  };
}

/** Finds what the client declared by the function's name that an upstream calls. Undeclared names are functions of that name. */
export function declaredToolsOf(tools: readonly TurnTool[]): (called: string) => DeclaredTool {
  const names = new FunctionNames(tools);
  return (called) => names.declared(called);
}

class FunctionNames {
  private readonly byTool = new Map<string, string>();
  private readonly byFunction = new Map<string, DeclaredTool>();

  constructor(tools: readonly TurnTool[]) {
    // Plain names first: they are what the client wrote, and nothing made of a namespace may take their place.
    for (const isPlain of [true, false]) {
      for (const tool of tools) {
        if (tool.form === 'web_search' || (tool.namespace === null) !== isPlain) continue;
        this.add({ name: tool.name, namespace: tool.namespace, form: tool.form });
      }
    }
  }

  of(name: string, namespace: string | null): string {
    return this.byTool.get(keyOf(name, namespace)) ?? functionName(name, namespace);
  }

  declared(called: string): DeclaredTool {
    return this.byFunction.get(called) ?? { name: called, namespace: null, form: 'function' };
  }

  /** The function's name of a tool that the client names without its namespace. */
  chosen(name: string): string {
    for (const [called, tool] of this.byFunction) if (tool.name === name && tool.namespace === null) return called;
    for (const [called, tool] of this.byFunction) {
      if (tool.name === name || `${tool.namespace}.${tool.name}` === name) return called;
    }
    return name;
  }

  private add(tool: DeclaredTool): void {
    const key = keyOf(tool.name, tool.namespace);
    if (this.byTool.has(key)) return;
    const plain = functionName(tool.name, tool.namespace);
    const called = this.byFunction.has(plain) ? withHash(plain, key) : plain;
    this.byTool.set(key, called);
    this.byFunction.set(called, tool);
  }
}

function keyOf(name: string, namespace: string | null): string {
  return JSON.stringify([namespace, name]);
}

/** The same for the same pair always, so that calls of earlier turns keep their names. */
function functionName(name: string, namespace: string | null): string {
  const full = namespace === null || namespace === '' ? name : `${namespace}__${name}`;
  const clean = full.replaceAll(notInNames, '_');
  const isWhole = clean === full && full !== '' && full.length <= NAME_CHARACTERS_MAX;
  return isWhole ? full : withHash(clean, keyOf(name, namespace));
}

function withHash(name: string, key: string): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, HASH_CHARACTERS);
  return `${name.slice(0, NAME_CHARACTERS_MAX - HASH_CHARACTERS - 1)}_${hash}`;
}

function functionTool(tool: TurnTool, names: FunctionNames): TurnTool {
  if (tool.form === 'web_search') return tool;
  const name = names.of(tool.name, tool.namespace);
  if (tool.form === 'function') return { ...tool, name, namespace: null };
  const { grammar } = tool;
  const told = [tool.description ?? ''];
  if (grammar !== null) told.push(`The input must match this ${grammar.syntax} grammar:\n${grammar.definition}`);
  return {
    form: 'function',
    name,
    namespace: null,
    description: told.filter((text) => text !== '').join('\n\n') || null,
    parameters: customParameters,
    strict: null,
    cache: null,
  };
}

const customParameters: JsonRecord = {
  type: 'object',
  properties: { [CUSTOM_INPUT]: { type: 'string', description: 'The whole input of the tool, as plain text.' } },
  required: [CUSTOM_INPUT],
  additionalProperties: false,
};

function functionCall(part: ToolCallPart, names: FunctionNames): ToolCallPart {
  const name = names.of(part.name, part.namespace);
  const input = part.form === 'custom' ? customArguments(part.input) : part.input;
  return { ...part, name, namespace: null, form: 'function', input };
}

function functionResult(part: ToolResultPart, names: FunctionNames): ToolResultPart {
  return { ...part, form: 'function', name: part.name === null ? null : names.chosen(part.name) };
}

function functionChoice(choice: ToolChoice, names: FunctionNames): ToolChoice {
  if (choice.kind === 'tool') return { ...choice, name: names.chosen(choice.name) };
  return choice.kind === 'allowed' ? { ...choice, names: choice.names.map((name) => names.chosen(name)) } : choice;
}
