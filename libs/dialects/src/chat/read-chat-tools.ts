import type { DocumentReader } from '../turn/document-reader.js';
import type { JsonRecord, OutputFormat, ToolChoice, TurnTool } from '../turn/turn-request.js';
import { readCacheMark } from './read-chat-content.js';
import { isRecord, textOf } from '../json/records.js';

/** `tools`, the deprecated `functions`, and `web_search_options`, which is a tool everywhere else. */
export function readChatTools(reader: DocumentReader, document: JsonRecord): TurnTool[] {
  const tools: TurnTool[] = [];
  for (const { value, at } of reader.records(document, 'tools')) {
    const tool = readTool(reader, value, at);
    if (tool !== null) tools.push(tool);
  }
  for (const { value, at } of reader.records(document, 'functions')) tools.push(readFunction(reader, value, at));
  const search = reader.record(document, 'web_search_options');
  if (search !== null) tools.push(readWebSearch(reader, search));
  return tools;
}

function readTool(reader: DocumentReader, tool: JsonRecord, at: string): TurnTool | null {
  const type = tool['type'] ?? 'function';
  if (type === 'function') {
    const declared = readFunction(reader, reader.record(tool, 'function', `${at}.function`) ?? {}, `${at}.function`);
    const cache = readCacheMark(reader, tool, at);
    return declared.form === 'function' && cache !== null ? { ...declared, cache } : declared;
  }
  if (type === 'custom') return readCustom(reader, reader.record(tool, 'custom', `${at}.custom`) ?? {}, `${at}.custom`);
  reader.unsupported(`${at}.type`, `a tool of the kind ${JSON.stringify(textOf(type)?.slice(0, 40) ?? null)}`);
  return null;
}

function readFunction(reader: DocumentReader, declared: JsonRecord, at: string): TurnTool {
  return {
    form: 'function',
    name: reader.requiredText(declared, 'name', `${at}.name`),
    namespace: null,
    description: reader.text(declared, 'description', `${at}.description`),
    parameters: reader.record(declared, 'parameters', `${at}.parameters`),
    strict: reader.flag(declared, 'strict', `${at}.strict`),
    cache: readCacheMark(reader, declared, at),
  };
}

function readCustom(reader: DocumentReader, declared: JsonRecord, at: string): TurnTool {
  const format = reader.record(declared, 'format', `${at}.format`);
  const grammar = format?.['type'] === 'grammar' ? reader.record(format, 'grammar', `${at}.format.grammar`) : null;
  return {
    form: 'custom',
    name: reader.requiredText(declared, 'name', `${at}.name`),
    namespace: null,
    description: reader.text(declared, 'description', `${at}.description`),
    grammar:
      grammar === null
        ? null
        : {
            syntax: reader.requiredText(grammar, 'syntax', `${at}.format.grammar.syntax`),
            definition: reader.requiredText(grammar, 'definition', `${at}.format.grammar.definition`),
          },
  };
}

function readWebSearch(reader: DocumentReader, options: JsonRecord): TurnTool {
  const size = reader.text(options, 'search_context_size', 'web_search_options.search_context_size');
  const place = 'web_search_options.user_location';
  if ((options['user_location'] ?? null) !== null) reader.unsupported(place, 'a place to search from');
  return {
    form: 'web_search',
    contextSize: reader.oneOf(size, ['low', 'medium', 'high'], 'web_search_options.search_context_size'),
    allowedDomains: [],
    usesMax: null,
  };
}

/** `tool_choice`, or the deprecated `function_call`. */
export function readChatToolChoice(reader: DocumentReader, document: JsonRecord): ToolChoice | null {
  const choice = document['tool_choice'] ?? null;
  if (choice === null) return readFunctionCall(reader, document['function_call'] ?? null);
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
  if (isRecord(choice)) {
    const { type } = choice;
    const named = type === 'function' || type === 'custom' ? choice[type] : null;
    if (isRecord(named)) {
      return { kind: 'tool', name: reader.requiredText(named, 'name', `tool_choice.${String(type)}.name`) };
    }
    const { allowed_tools: allowed } = choice;
    if (type === 'allowed_tools' && isRecord(allowed)) return readAllowed(reader, allowed);
  }
  reader.invalid('tool_choice', 'auto, none, required, a function, a custom tool or allowed_tools');
  return null;
}

function readAllowed(reader: DocumentReader, allowed: JsonRecord): ToolChoice {
  const mode = reader.oneOf(textOf(allowed['mode']), ['auto', 'required'], 'tool_choice.allowed_tools.mode');
  const names: string[] = [];
  for (const { value, at } of reader.records(allowed, 'tools', 'tool_choice.allowed_tools.tools')) {
    const { type } = value;
    const named = type === 'function' || type === 'custom' ? value[type] : null;
    if (isRecord(named)) names.push(reader.requiredText(named, 'name', `${at}.name`));
    else reader.invalid(at, 'a function or a custom tool');
  }
  return { kind: 'allowed', mode: mode ?? 'auto', names };
}

function readFunctionCall(reader: DocumentReader, choice: unknown): ToolChoice | null {
  if (choice === null) return null;
  if (choice === 'auto' || choice === 'none') return { kind: choice };
  if (isRecord(choice)) return { kind: 'tool', name: reader.requiredText(choice, 'name', 'function_call.name') };
  reader.invalid('function_call', 'auto, none or a function');
  return null;
}

export function readChatFormat(reader: DocumentReader, document: JsonRecord): OutputFormat {
  const format = reader.record(document, 'response_format');
  const type = format?.['type'] ?? 'text';
  if (type === 'text' || type === 'json_object') return { kind: type };
  if (format === null || type !== 'json_schema') {
    reader.unsupported('response_format.type', `the format ${JSON.stringify(textOf(type)?.slice(0, 40) ?? null)}`);
    return { kind: 'text' };
  }
  const at = 'response_format.json_schema';
  const declared = reader.record(format, 'json_schema', at) ?? {};
  return {
    kind: 'json_schema',
    name: reader.requiredText(declared, 'name', `${at}.name`),
    description: reader.text(declared, 'description', `${at}.description`),
    schema: reader.record(declared, 'schema', `${at}.schema`) ?? {},
    strict: reader.flag(declared, 'strict', `${at}.strict`),
  };
}
