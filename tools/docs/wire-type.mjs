import { z } from 'zod';

import * as contracts from '../../libs/contracts/dist/index.js';
import { code } from './markdown.mjs';

/** Schemas that have a word of their own in docs/events.md. */
const words = new Map([
  [contracts.nanoUsdSchema, 'nano-USD, may be negative'],
  [contracts.nanoUsdAmountSchema, 'nano-USD'],
  [contracts.positiveNanoUsdSchema, 'nano-USD above zero'],
  [contracts.femtoRateSchema, 'femto-USD'],
  [contracts.instantSchema, 'instant'],
  [contracts.accountIdSchema, 'id `acc_…`'],
  [contracts.workspaceIdSchema, 'id `ws_…`'],
  [contracts.keyIdSchema, 'id `key_…`'],
  [contracts.generationIdSchema, 'id `gen_…`'],
  [contracts.userIdSchema, 'id `usr_…`'],
]);

/** Every field of an event's body with its wire type, nested ones by path: `attempts[].startedAt`. */
export function fieldsOf(schema) {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const word = words.get(zodSchema);
      if (word !== undefined) jsonSchema.title = word;
    },
  });
  return fieldsWithin(json, '');
}

function fieldsWithin(schema, prefix) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const optional = required.has(name) ? '' : ` (optional${defaultText(property)})`;
    return [{ path, type: `${typeText(property)}${optional}` }, ...childrenOf(property, path)];
  });
}

function childrenOf(schema, path) {
  const inner = nullable(schema)?.inner ?? schema;
  if (inner.title !== undefined) return [];
  if (inner.type === 'array') return childrenOf(inner.items, `${path}[]`);
  return inner.type === 'object' ? fieldsWithin(inner, `${path}.`) : [];
}

function typeText(schema) {
  const or = nullable(schema);
  if (or !== null) return `${typeText(or.inner)} or null`;
  if (schema.title !== undefined) return schema.title;
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  if (schema.type === 'array') return `list of ${typeText(schema.items)}${most(schema.maxItems)}`;
  if (schema.type === 'object') return objectText(schema);
  if (schema.type === 'string')
    return `${formatText(schema)}${schema.pattern === undefined ? most(schema.maxLength) : ''}`;
  if (schema.type === 'integer' || schema.type === 'number') return `${schema.type}${range(schema)}`;
  return schema.type ?? 'anything';
}

function objectText(schema) {
  if (schema.properties !== undefined) return 'object';
  const keys = schema.propertyNames === undefined ? 'name' : `one of ${typeText(schema.propertyNames)}`;
  return `object: ${keys} → ${typeText(schema.additionalProperties)}`;
}

function formatText(schema) {
  if (schema.format !== undefined) return schema.format === 'uri' ? 'URL' : schema.format.toUpperCase();
  return schema.pattern === undefined ? 'text' : `text like ${code(schema.pattern)}`;
}

function range({ minimum, maximum }) {
  const upper = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? null : maximum;
  if (minimum !== undefined && upper !== null) return ` (${minimum} to ${upper})`;
  return minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? '' : ` (at least ${minimum})`;
}

const most = (count) => (count === undefined ? '' : ` (at most ${count})`);

function defaultText(schema) {
  return schema.default === undefined ? '' : `, default ${code(JSON.stringify(schema.default))}`;
}

/** The part of `x or null` that is not null; null when null is not allowed. */
function nullable(schema) {
  const parts = schema.anyOf;
  if (parts?.length !== 2 || parts[1].type !== 'null') return null;
  return { inner: parts[0] };
}
