import { isRecord, listOf, textOf } from '../json/records.js';
import type { JsonRecord, ToolChoice, TurnTool } from '../turn/turn-request.js';
import type { DocumentReader } from '../turn/document-reader.js';

/** Tools that the client runs itself under a type of their own; other dialects know them as functions of that name. */
export const TOOL_SEARCH = 'tool_search';
export const LOCAL_SHELL = 'local_shell';

const webSearchTypes: ReadonlySet<unknown> = new Set([
  'web_search',
  'web_search_2025_08_26',
  'web_search_preview',
  'web_search_preview_2025_03_11',
]);

export function isWebSearch(type: unknown): boolean {
  return webSearchTypes.has(type);
}

/** The tools of a list as the turn has them; a kind that no other dialect can say is refused by its path. */
export function readResponsesTools(list: unknown, path: string, problems: DocumentReader): TurnTool[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) problems.invalid(path, 'a list of tools');
  return listOf(list).flatMap((tool, index) => readTool(tool, `${path}[${index}]`, problems));
}

function readTool(tool: unknown, path: string, problems: DocumentReader): TurnTool[] {
  if (!isRecord(tool)) {
    problems.invalid(path, 'an object');
    return [];
  }
  const { type } = tool;
  if (type === 'namespace') return readNamespace(tool, path, problems);
  if (type === 'function' || type === 'custom') return namedTool(tool, null, { path, problems });
  if (type === TOOL_SEARCH) return searchTool(tool);
  if (type === LOCAL_SHELL) return [localShell];
  if (isWebSearch(type)) return [webSearch(tool)];
  problems.unsupported(
    `${path}.type`,
    `tools of type ${String(type).slice(0, 60)} are only known to OpenAI's own models`,
  );
  return [];
}

interface ToolPlace {
  readonly path: string;
  readonly problems: DocumentReader;
}

function namedTool(tool: JsonRecord, namespace: string | null, { path, problems }: ToolPlace): TurnTool[] {
  const name = textOf(tool['name']);
  if (name === null || name === '') {
    problems.invalid(`${path}.name`, 'a text');
    return [];
  }
  const description = textOf(tool['description']);
  if (tool['type'] === 'custom') return [{ form: 'custom', name, namespace, description, grammar: grammarOf(tool) }];
  const { parameters, strict } = tool;
  return [
    {
      form: 'function',
      name,
      namespace,
      description,
      parameters: isRecord(parameters) ? parameters : null,
      strict: typeof strict === 'boolean' ? strict : null,
      cache: null,
    },
  ];
}

function grammarOf({ format }: JsonRecord): { syntax: string; definition: string } | null {
  if (!isRecord(format) || format['type'] !== 'grammar') return null;
  return { syntax: textOf(format['syntax']) ?? 'lark', definition: textOf(format['definition']) ?? '' };
}

function readNamespace(tool: JsonRecord, path: string, problems: DocumentReader): TurnTool[] {
  const namespace = textOf(tool['name']) ?? '';
  return listOf(tool['tools']).flatMap((inner, index) => {
    const at = `${path}.tools[${index}]`;
    const isNamed = isRecord(inner) && (inner['type'] === 'function' || inner['type'] === 'custom');
    if (isNamed) return namedTool(inner, namespace, { path: at, problems });
    problems.unsupported(`${at}.type`, 'a namespace holds functions and custom tools');
    return [];
  });
}

/** A search that the provider runs itself is needless elsewhere: all tools are given at once. */
function searchTool(tool: JsonRecord): TurnTool[] {
  if (tool['execution'] !== 'client') return [];
  const { parameters } = tool;
  const description = textOf(tool['description']) ?? 'Searches for more tools.';
  return [plainFunction(TOOL_SEARCH, description, isRecord(parameters) ? parameters : null)];
}

function plainFunction(name: string, description: string, parameters: JsonRecord | null): TurnTool {
  return { form: 'function', name, namespace: null, description, parameters, strict: null, cache: null };
}

const localShell = plainFunction(LOCAL_SHELL, 'Runs a command on the user\u2019s machine and gives back its output.', {
  type: 'object',
  properties: {
    command: { type: 'array', items: { type: 'string' }, description: 'The program and its arguments.' },
    working_directory: { type: 'string' },
    timeout_ms: { type: 'number' },
  },
  required: ['command'],
});

function webSearch(tool: JsonRecord): TurnTool {
  const size = tool['search_context_size'];
  const { filters } = tool;
  const domains = isRecord(filters) ? listOf(filters['allowed_domains']) : [];
  return {
    form: 'web_search',
    contextSize: size === 'low' || size === 'medium' || size === 'high' ? size : null,
    allowedDomains: domains.filter((domain) => typeof domain === 'string'),
    usesMax: null,
  };
}

export function readToolChoice(choice: unknown, problems: DocumentReader): ToolChoice | null {
  if (choice === undefined || choice === null) return null;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
  if (!isRecord(choice)) {
    problems.invalid('tool_choice', '"auto", "none", "required" or an object');
    return null;
  }
  const { type, mode } = choice;
  const name = textOf(choice['name']);
  if ((type === 'function' || type === 'custom') && name !== null) return { kind: 'tool', name };
  if (type === 'allowed_tools') {
    const names = listOf(choice['tools'])
      .filter(isRecord)
      .map((tool) => textOf(tool['name']) ?? textOf(tool['type']) ?? '');
    return { kind: 'allowed', mode: mode === 'required' ? 'required' : 'auto', names };
  }
  problems.unsupported(
    'tool_choice.type',
    `a tool of type ${String(type).slice(0, 60)} cannot be forced on this model`,
  );
  return null;
}
