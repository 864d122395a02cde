import { readFileSync } from 'node:fs';

import { catalogDataSchema, type CatalogData, type CatalogModel, type CatalogSource } from './catalog-data.js';
import { demoModels } from './demo-models.js';
import { servedProviders, type ServedProvider } from './provider.js';

/** The frozen file, as `apilink catalog import` writes it. */
export const catalogDataUrl = new URL('../data/catalog.json', import.meta.url);

/** Whom we can call, and every model with who sells it at what price. */
export interface BuiltInCatalog {
  readonly providers: readonly ServedProvider[];
  /** The demo provider's first; also those that nobody sells whom we can call. */
  readonly models: readonly CatalogModel[];
  readonly sources: readonly CatalogSource[];
}

let read: BuiltInCatalog | null = null;

/** Read from disk and checked once in a process. */
export function builtInCatalog(): BuiltInCatalog {
  if (read === null) {
    const { models, sources } = parseCatalogData(readFileSync(catalogDataUrl, 'utf8'));
    read = { providers: servedProviders, models: [...demoModels, ...models], sources };
  }
  return read;
}

/** @throws ZodError or SyntaxError for a file that no importer wrote */
export function parseCatalogData(text: string): CatalogData {
  return catalogDataSchema.parse(JSON.parse(text));
}
