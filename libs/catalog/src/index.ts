export { builtInCatalog, catalogDataUrl, parseCatalogData, type BuiltInCatalog } from './built-in-catalog.js';
export {
  catalogModelSchema,
  catalogText,
  type CatalogData,
  type CatalogModel,
  type CatalogOffer,
  type CatalogSource,
} from './catalog-data.js';
export {
  catalogDifference,
  conditionsText,
  isWithoutDifference,
  priceChanges,
  JUMP_BASIS_POINTS,
  type CatalogDifference,
  type PriceChange,
} from './catalog-difference.js';
export { GENAI_PRICES, GENAI_PRICES_FILE, readGenaiPrices, type GenaiPrices } from './genai-prices.js';
export { mergePackages, type CatalogPackages } from './merge.js';
export { modelIdOf } from './model-name.js';
export { PI_AI, PI_AI_FOLDER, readPiAi, type PiAi } from './pi-ai.js';
export {
  catalogProviders,
  DEMO_PROVIDER_ID,
  listedProviders,
  servedProviders,
  type CatalogProvider,
  type DataPolicy,
  type ListedProvider,
  type ServedProvider,
} from './provider.js';
export { CatalogSourceError } from './source-model.js';
