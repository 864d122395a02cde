import { isRecord } from '../json/records.js';
import type { JsonRecord } from '../turn/turn-request.js';

/** Levels of a schema that are looked at; deeper ones stay as they are. */
const DEPTH_MAX = 32;

/** Members whose values Google writes as texts (int64). */
const countKeys = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']);
/** They say how the answer is laid out, not what it may be. */
const leftOut = new Set(['propertyOrdering', 'property_ordering', 'nullable']);

/** A schema of Google's (a part of OpenAPI's, with types in capitals) as JSON Schema. */
export function jsonSchemaOf(schema: JsonRecord, depth = 0): JsonRecord {
  if (depth > DEPTH_MAX) return schema;
  const written: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    const key = name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    if (leftOut.has(name)) continue;
    if (key === 'type' && typeof value === 'string') written['type'] = value.toLowerCase();
    else if (key === 'properties' && isRecord(value)) written['properties'] = eachSchema(value, depth);
    else if (countKeys.has(key) && typeof value === 'string') written[key] = Number(value);
    else if (Array.isArray(value) && key === 'anyOf') {
      written[key] = value.map((one: unknown) => (isRecord(one) ? jsonSchemaOf(one, depth + 1) : one));
    } else if (isRecord(value) && (key === 'items' || key === 'additionalProperties')) {
      written[key] = jsonSchemaOf(value, depth + 1);
    } else written[key] = value;
  }
  if (schema['nullable'] !== true) return written;
  return typeof written['type'] === 'string'
    ? { ...written, type: [written['type'], 'null'] }
    : { anyOf: [written, { type: 'null' }] };
}

function eachSchema(properties: JsonRecord, depth: number): JsonRecord {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, isRecord(value) ? jsonSchemaOf(value, depth + 1) : value]),
  );
}
