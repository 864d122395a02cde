import { unsupported, type RequestProblem } from '../call/request-problem.js';
import type { JsonRecord, ToolChoice, TurnRequest, TurnTool } from '../turn/turn-request.js';

type WrittenTools =
  | {
      readonly tools: readonly JsonRecord[];
      readonly toolConfig: JsonRecord | null;
      /** Parallel calls are not wanted. */
      readonly isOneAtATime: boolean;
    }
  | { readonly problem: RequestProblem };

/** Tools of functions alone (`withFunctionsOnly`) and of searching the web. */
export function geminiTools(turn: TurnRequest): WrittenTools {
  const { toolChoice } = turn;
  const functions: JsonRecord[] = [];
  const tools: JsonRecord[] = [];
  for (const [index, tool] of turn.tools.entries()) {
    if (tool.form === 'web_search') {
      const problem = searchProblem(tool, index);
      if (problem !== null) return { problem };
      tools.push({ googleSearch: {} });
    } else if (isOffered(tool, toolChoice)) functions.push(declaration(tool));
  }
  if (functions.length > 0) tools.unshift({ functionDeclarations: functions });
  const config = functions.length === 0 ? null : callingConfig(toolChoice);
  const isOneAtATime = turn.parallelToolCalls === false && functions.length > 0 && toolChoice?.kind !== 'none';
  return { tools, toolConfig: config === null ? null : { functionCallingConfig: config }, isOneAtATime };
}

function searchProblem(tool: TurnTool & { readonly form: 'web_search' }, index: number): RequestProblem | null {
  const { allowedDomains, usesMax } = tool;
  if (allowedDomains.length > 0) return unsupported(`tools[${index}]`, "Google's search takes no list of domains");
  return usesMax === null ? null : unsupported(`tools[${index}]`, "Google's search takes no limit of searches");
}

/** A choice among some tools without the duty to call one has no word there: the others are not offered. */
function isOffered(tool: TurnTool & { readonly name: string }, choice: ToolChoice | null): boolean {
  return choice?.kind !== 'allowed' || choice.mode === 'required' || choice.names.includes(tool.name);
}

function declaration(tool: Exclude<TurnTool, { readonly form: 'web_search' }>): JsonRecord {
  const parameters = tool.form === 'function' ? tool.parameters : null;
  return {
    name: tool.name,
    ...(tool.description === null ? {} : { description: tool.description }),
    ...(parameters === null ? {} : { parametersJsonSchema: parameters }),
  };
}

function callingConfig(choice: ToolChoice | null): JsonRecord | null {
  if (choice === null) return null;
  switch (choice.kind) {
    case 'auto':
      return { mode: 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] };
    case 'allowed':
      break;
  }
  return choice.mode === 'auto' ? { mode: 'AUTO' } : { mode: 'ANY', allowedFunctionNames: choice.names };
}
