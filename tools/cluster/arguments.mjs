import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { Refusal } from '../bootstrap/workspace.mjs';

export const usage = `Usage: npm run cluster [-- options]

Starts Kafka, Redis, Postgres and every service as a process of its own on 127.0.0.1.

  --edges N      edges, 1 to 4 (default: 2)
  --billing N    instances of billing, 1 to 8 (default: 2)
  --port N       port of the first edge; all others follow from it (default: 8787)
  --data-dir F   data, logs and quickstart.json (default: ./.apilink-cluster)
`;

const options = {
  edges: { type: 'string', default: '2' },
  billing: { type: 'string', default: '2' },
  port: { type: 'string', default: '8787' },
  'data-dir': { type: 'string', default: './.apilink-cluster' },
  help: { type: 'boolean', default: false },
};

/** What the command line asks for; null = only how it is used. Throws a Refusal with exit code 2. */
export function readArguments(args) {
  const values = parse(args);
  if (values.help) return null;
  return {
    edges: number('edges', values.edges),
    billing: number('billing', values.billing),
    port: number('port', values.port),
    folder: resolve(values['data-dir']),
  };
}

function parse(args) {
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    throw new Refusal(`${error.message.split('\n')[0]}\n\n${usage}`, 2);
  }
}

function number(name, text) {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Refusal(`--${name} is a whole number; "${text}" is none.`, 2);
}
