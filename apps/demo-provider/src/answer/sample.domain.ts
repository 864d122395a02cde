const DEPTH_MAX = 16;
const ITEMS_MAX = 32;
const TEXT_MAX = 4_000;

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? Math.max(0, Math.floor(value)) : null;

/** Texts of the formats that a schema may ask for. */
const formats: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'PT1S',
  email: 'demo@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/**
 * A value that satisfies a JSON schema, the same for the same schema: objects with all their properties, the first choice
 * of an enumeration or a union, numbers and lengths within their bounds. A pattern is not looked at. Types may be written
 * in capitals, as Gemini does.
 */
export function sampleOf(schema: unknown, name = 'value'): unknown {
  return sample(schema, { root: schema, name, depth: 0 });
}

interface Place {
  readonly root: unknown;
  /** Of the property that the value is for; a text without bounds is its name. */
  readonly name: string;
  readonly depth: number;
}

function sample(schema: unknown, place: Place): unknown {
  if (!isSchema(schema) || place.depth > DEPTH_MAX) return place.name;
  const inside = { ...place, depth: place.depth + 1 };
  if (typeof schema['$ref'] === 'string') return sample(resolve(place.root, schema['$ref']), inside);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return list(schema['enum'])[0];
  if ('default' in schema && schema['default'] !== null) return schema['default'];
  const [union] = [...list(schema['anyOf']), ...list(schema['oneOf'])].filter((one) => typeOf(one) !== 'null');
  if (union !== undefined) return sample(union, inside);
  if (Array.isArray(schema['allOf'])) return sample(merged(list(schema['allOf'])), inside);
  switch (typeOf(schema)) {
    case 'object':
      return object(schema, inside);
    case 'array':
      return array(schema, inside);
    case 'integer':
    case 'number':
      return number(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return text(schema, place.name);
  }
}

function typeOf(schema: unknown): string {
  if (!isSchema(schema)) return 'string';
  const type = list(schema['type']).find((one) => one !== 'null') ?? schema['type'];
  if (typeof type === 'string') return type.toLowerCase();
  if (isSchema(schema['properties'])) return 'object';
  return schema['items'] === undefined ? 'string' : 'array';
}

function object(schema: Schema, place: Place): object {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, sample(one, { ...place, name })]));
}

function array(schema: Schema, place: Place): unknown[] {
  const length = Math.min(Math.max(count(schema['minItems']) ?? 1, 1), count(schema['maxItems']) ?? 1, ITEMS_MAX);
  return Array.from({ length }, () => sample(schema['items'], place));
}

/** One, or the nearest number within the bounds. */
function number(schema: Schema): number {
  const { minimum, exclusiveMinimum, maximum } = schema;
  const above = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : Number.NEGATIVE_INFINITY;
  const least = typeof minimum === 'number' ? minimum : above;
  const most = typeof maximum === 'number' ? maximum : 1;
  return Math.ceil(Math.max(least, Math.min(1, most)));
}

function text(schema: Schema, name: string): string {
  const format = typeof schema['format'] === 'string' ? formats[schema['format']] : undefined;
  const least = Math.min(count(schema['minLength']) ?? 0, TEXT_MAX);
  return (format ?? name).padEnd(least, '.').slice(0, count(schema['maxLength']) ?? TEXT_MAX);
}

function resolve(root: unknown, reference: string): unknown {
  return reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter((step) => step !== '')
    .reduce<unknown>(
      (at, step) => (isSchema(at) ? at[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined),
      root,
    );
}

function merged(schemas: readonly unknown[]): Schema {
  return schemas.reduce<Schema>((sum, one) => {
    if (!isSchema(one)) return sum;
    const before = isSchema(sum['properties']) ? sum['properties'] : {};
    const more = isSchema(one['properties']) ? one['properties'] : {};
    return { ...sum, ...one, properties: { ...before, ...more } };
  }, {});
}
