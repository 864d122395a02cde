import { isRecord, textOf } from '../json/records.js';
import type { DocumentReader } from '../turn/document-reader.js';
import type { JsonRecord, ToolChoice, TurnTool } from '../turn/turn-request.js';
import { memberOf, spelling } from './gemini-members.js';
import { jsonSchemaOf } from './gemini-schema.js';

/** Members of a declaration that another dialect has a place for, or that only describe what comes back. */
const declarationKeys = new Set(
  'name description parameters parametersJsonSchema parameters_json_schema response responseJsonSchema response_json_schema'.split(
    ' ',
  ),
);

export function readGeminiTools(reader: DocumentReader, document: JsonRecord): TurnTool[] {
  const tools: TurnTool[] = [];
  for (const { value, at } of reader.records(document, 'tools')) {
    for (const key of Object.keys(value)) {
      const path = `${at}.${key}`;
      if (key === 'functionDeclarations' || key === 'function_declarations') {
        for (const one of reader.records(value, key, path)) tools.push(declared(reader, one.value, one.at));
      } else if (key === 'googleSearch' || key === 'google_search') {
        const settings = reader.record(value, key, path) ?? {};
        const [setting] = Object.keys(settings);
        if (setting !== undefined) reader.unsupported(`${path}.${setting}`, 'only Google searches with it');
        tools.push({ form: 'web_search', contextSize: null, allowedDomains: [], usesMax: null });
      } else reader.unsupported(path, `tools of the kind ${JSON.stringify(key.slice(0, 40))} run at Google alone`);
    }
  }
  return tools;
}

function declared(reader: DocumentReader, tool: JsonRecord, at: string): TurnTool {
  const other = Object.keys(tool).find((key) => !declarationKeys.has(key));
  if (other !== undefined) reader.unsupported(`${at}.${other}`, 'only Google has it');
  const whole = memberOf(tool, 'parametersJsonSchema');
  const own = reader.record(tool, 'parameters', `${at}.parameters`);
  const parameters = isRecord(whole) ? whole : own === null ? null : jsonSchemaOf(own);
  return {
    form: 'function',
    name: reader.requiredText(tool, 'name', `${at}.name`),
    namespace: null,
    description: reader.text(tool, 'description', `${at}.description`),
    parameters,
    strict: null,
    cache: null,
  };
}

export function readGeminiToolChoice(reader: DocumentReader, document: JsonRecord): ToolChoice | null {
  const key = spelling(document, 'toolConfig');
  const config = reader.record(document, key, key);
  if (config === null) return null;
  const calling = spelling(config, 'functionCallingConfig');
  const other = Object.keys(config).find((name) => name !== calling);
  if (other !== undefined) reader.unsupported(`${key}.${other}`, 'only Google has it');
  const choice = reader.record(config, calling, `${key}.${calling}`) ?? {};
  const allowed = spelling(choice, 'allowedFunctionNames');
  const names = reader
    .list(choice, allowed, `${key}.${calling}.${allowed}`)
    .map((name) => textOf(name) ?? '')
    .filter((name) => name !== '');
  const mode = reader.oneOf(
    textOf(choice['mode'])?.toUpperCase() ?? null,
    ['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED'],
    `${key}.${calling}.mode`,
  );
  if (mode === 'NONE') return { kind: 'none' };
  if (mode === 'ANY') return required(names);
  if (mode === 'VALIDATED' && names.length > 0) return { kind: 'allowed', mode: 'auto', names };
  return mode === null || mode === 'MODE_UNSPECIFIED' ? null : { kind: 'auto' };
}

function required(names: readonly string[]): ToolChoice {
  const [only] = names;
  if (only === undefined) return { kind: 'required' };
  return names.length === 1 ? { kind: 'tool', name: only } : { kind: 'allowed', mode: 'required', names };
}
