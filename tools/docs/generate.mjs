import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import * as prettier from 'prettier';

import { configurationFileSchema } from '../../libs/contracts/dist/index.js';
import { configurationJsonSchema } from '../../libs/service/dist/index.js';
import { root } from '../bootstrap/workspace.mjs';
import { auditPage } from './audit.mjs';
import { errorsPage } from './errors.mjs';
import { eventsPage } from './events.mjs';
import { metricsPage } from './metrics.mjs';

/** Every page that is made from code, by its path. */
const pages = {
  'docs/audit.md': auditPage,
  'docs/errors.md': errorsPage,
  'docs/events.md': eventsPage,
  'docs/metrics.md': metricsPage,
  'docs/apilink.schema.json': () => JSON.stringify(configurationJsonSchema(configurationFileSchema, 'apilink.yaml')),
};

/** The pages as they must stand, formatted: [{ path, content, isCurrent }]. */
export async function generatedPages() {
  return Promise.all(
    Object.entries(pages).map(async ([path, render]) => {
      const file = join(root, path);
      const options = await prettier.resolveConfig(file);
      const content = await prettier.format(render(), { ...options, filepath: file });
      return { path, content, isCurrent: read(file) === content };
    }),
  );
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** `node tools/docs/generate.mjs` writes the pages; with `--check` it only says which are stale, with exit code 1. */
async function main(args) {
  const stale = (await generatedPages()).filter(({ isCurrent }) => !isCurrent);
  if (!args.includes('--check')) for (const { path, content } of stale) writeFileSync(join(root, path), content);
  const verb = args.includes('--check') ? 'is stale: run `node tools/docs/generate.mjs`' : 'is written';
  for (const { path } of stale) console.log(`${path} ${verb}`);
  process.exitCode = args.includes('--check') && stale.length > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2));
