import { samplePath, type Operation, type OperationBody } from './operation.domain.js';

/** Of the extension `x-codeSamples`, which the page of the API shows beside each operation. */
export interface CodeSample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** The address in the document as it is made; whoever hands it out puts its own in its place. */
export const ORIGIN_PLACEHOLDER = 'https://apilink.invalid';

/** Requests that can be copied: a shell, Python and TypeScript. The key is read from `APILINK_API_KEY`. */
export function codeSamples(operation: Operation): readonly CodeSample[] {
  return [
    { lang: 'shell', label: 'curl', source: curl(operation) },
    { lang: 'python', label: 'Python', source: python(operation) },
    { lang: 'typescript', label: 'TypeScript', source: typescript(operation) },
  ];
}

function curl(operation: Operation): string {
  const { body, isPublic } = operation;
  const lines = [`curl -sS ${methodOption(operation)}'${urlOf(operation)}'`];
  if (isPublic !== true) lines.push(`-H "Authorization: Bearer $APILINK_API_KEY"`);
  if (body !== undefined && isForm(body)) {
    for (const [name, value] of Object.entries(body.example)) lines.push(`-F ${quoted(`${name}=${String(value)}`)}`);
  } else if (body !== undefined) {
    lines.push(`-H 'content-type: application/json'`, `-d ${quoted(JSON.stringify(body.example))}`);
  }
  return lines.join(' \\\n  ');
}

/** curl sends GET without a body and POST with one. */
function methodOption({ method, body }: Operation): string {
  if (method === 'head') return '-I ';
  return method === (body === undefined ? 'get' : 'post') ? '' : `-X ${method.toUpperCase()} `;
}

/** In single quotes of a shell nothing is read but the quote itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function python(operation: Operation): string {
  const { method, body, isPublic } = operation;
  const args = [`    "${urlOf(operation)}",`];
  if (isPublic !== true) args.push(`    headers={"Authorization": f"Bearer {os.environ['APILINK_API_KEY']}"},`);
  if (body !== undefined && isForm(body)) {
    const [files, fields] = formParts(body);
    args.push(`    files={${files.map(([name, path]) => `"${name}": open("${path}", "rb")`).join(', ')}},`);
    args.push(`    data=${pythonOf(Object.fromEntries(fields))},`);
  } else if (body !== undefined) args.push(`    json=${pythonOf(body.example)},`);
  return [
    ...(isPublic === true ? [] : ['import os']),
    'import requests',
    '',
    `answer = requests.${method}(`,
    ...args,
    ')',
    'answer.raise_for_status()',
    `print(${shown(operation, 'answer.status_code', 'answer.json()', 'answer.text')})`,
  ].join('\n');
}

function typescript(operation: Operation): string {
  const { method, body, isPublic } = operation;
  const isJson = body !== undefined && !isForm(body);
  const headers = [
    ...(isPublic === true ? [] : ['Authorization: `Bearer ${env.APILINK_API_KEY}`']),
    ...(isJson ? [`'content-type': 'application/json'`] : []),
  ];
  const options = [
    ...(method === 'get' ? [] : [`  method: '${method.toUpperCase()}',`]),
    ...(headers.length === 0 ? [] : [`  headers: { ${headers.join(', ')} },`]),
    ...(isJson ? [`  body: JSON.stringify(${JSON.stringify(body.example)}),`] : []),
    ...(body !== undefined && isForm(body) ? ['  body: form,'] : []),
  ];
  const lines = [
    ...(isPublic === true ? [] : ["import { env } from 'node:process';"]),
    ...(body !== undefined && isForm(body) ? ["import { openAsBlob } from 'node:fs';"] : []),
  ];
  return [
    ...(lines.length === 0 ? [] : [...lines, '']),
    ...(body !== undefined && isForm(body) ? formLines(body) : []),
    options.length === 0
      ? `const answer = await fetch('${urlOf(operation)}');`
      : [`const answer = await fetch('${urlOf(operation)}', {`, ...options, '});'].join('\n'),
    'if (!answer.ok) throw new Error(await answer.text());',
    `console.log(${shown(operation, 'answer.status', 'await answer.json()', 'await answer.text()')});`,
  ].join('\n');
}

function formLines(body: OperationBody): readonly string[] {
  const [files, fields] = formParts(body);
  return [
    'const form = new FormData();',
    ...fields.map(([name, value]) => `form.set('${name}', '${value}');`),
    ...files.map(([name, path]) => `form.set('${name}', await openAsBlob('${path}'), '${path}');`),
  ];
}

type Field = readonly [name: string, value: string];

/** Files are named as curl names them: `@path`. */
function formParts({ example }: OperationBody): readonly [files: readonly Field[], fields: readonly Field[]] {
  const all = Object.entries(example).map(([name, value]): Field => [name, String(value)]);
  const isFile = ([, value]: Field): boolean => value.startsWith('@');
  return [
    all.filter(isFile).map(([name, value]): Field => [name, value.slice(1)]),
    all.filter((field) => !isFile(field)),
  ];
}

function isForm({ contentType }: OperationBody): boolean {
  return contentType === 'multipart/form-data';
}

function shown({ answer }: Operation, status: string, json: string, text: string): string {
  if (answer.schema !== null) return json;
  return answer.contentType === undefined || answer.contentType.startsWith('audio/') ? status : text;
}

function urlOf(operation: Operation): string {
  return `${ORIGIN_PLACEHOLDER}${samplePath(operation)}`;
}

/** A JSON value as Python writes it. */
function pythonOf(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonOf).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}: ${pythonOf(member)}`)
    .join(', ')}}`;
}
