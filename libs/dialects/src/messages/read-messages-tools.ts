import { listOf, textOf } from '../json/records.js';
import type { DocumentReader } from '../turn/document-reader.js';
import type { JsonRecord, ToolChoice, TurnTool } from '../turn/turn-request.js';
import type { BlockReader } from './read-messages-blocks.js';

/** Reads `tools`. Tools that Anthropic runs or defines itself are refused by their path, but for searching the web. */
export function readMessagesTools(
  reader: DocumentReader,
  blocks: BlockReader,
  document: JsonRecord,
): readonly TurnTool[] {
  const tools: TurnTool[] = [];
  for (const { value, at } of reader.records(document, 'tools')) {
    const type = textOf(value['type']);
    if (type === null || type === 'custom') tools.push(customTool(reader, blocks, value, at));
    else if (/^web_search_\d+$/.test(type)) tools.push(webSearch(reader, value, at));
    else reader.unsupported(`${at}.type`, `"${type.slice(0, 60)}" is a tool of Anthropic's alone`);
  }
  return tools;
}

function customTool(reader: DocumentReader, blocks: BlockReader, tool: JsonRecord, at: string): TurnTool {
  const schema = reader.record(tool, 'input_schema', `${at}.input_schema`);
  if (schema === null) reader.invalid(`${at}.input_schema`, 'an object');
  const examples = listOf(tool['input_examples']);
  return {
    form: 'function',
    name: reader.requiredText(tool, 'name', `${at}.name`),
    namespace: null,
    description: reader.text(tool, 'description', `${at}.description`),
    // JSON Schema has a place for examples, too.
    parameters: schema === null || examples.length === 0 ? schema : { ...schema, examples },
    strict: reader.flag(tool, 'strict', `${at}.strict`),
    cache: blocks.cache(tool, at),
  };
}

function webSearch(reader: DocumentReader, tool: JsonRecord, at: string): TurnTool {
  if (listOf(tool['blocked_domains']).length > 0) {
    reader.unsupported(`${at}.blocked_domains`, 'only Anthropic can leave out domains');
  }
  if ((tool['user_location'] ?? null) !== null) {
    reader.unsupported(`${at}.user_location`, 'only Anthropic takes a place with this tool');
  }
  const domains = reader.list(tool, 'allowed_domains', `${at}.allowed_domains`);
  return {
    form: 'web_search',
    contextSize: null,
    allowedDomains: domains.filter((domain) => typeof domain === 'string'),
    usesMax: reader.count(tool, 'max_uses', 1, `${at}.max_uses`),
  };
}

export interface ReadChoice {
  readonly toolChoice: ToolChoice | null;
  readonly parallelToolCalls: boolean | null;
}

/** Reads `tool_choice`. */
export function readMessagesToolChoice(reader: DocumentReader, document: JsonRecord): ReadChoice {
  const choice = reader.record(document, 'tool_choice');
  if (choice === null) return { toolChoice: null, parallelToolCalls: null };
  const disabled = reader.flag(choice, 'disable_parallel_tool_use', 'tool_choice.disable_parallel_tool_use');
  const parallelToolCalls = disabled === true ? false : null;
  const type = reader.oneOf(textOf(choice['type']), ['auto', 'any', 'tool', 'none'], 'tool_choice.type');
  if (type === 'tool') {
    const name = reader.requiredText(choice, 'name', 'tool_choice.name');
    return { toolChoice: { kind: 'tool', name }, parallelToolCalls };
  }
  if (type === null) reader.invalid('tool_choice.type', 'auto, any, tool or none');
  return { toolChoice: { kind: type === 'any' ? 'required' : (type ?? 'auto') }, parallelToolCalls };
}
