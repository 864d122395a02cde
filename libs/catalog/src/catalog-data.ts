import { capabilitySchema, dialectSchema, priceRowsSchema } from '@apilink/contracts';
import { z } from 'zod';

/** Where frozen figures come from: one npm package, by the sha256 of its archive. */
export const catalogSourceSchema = z.strictObject({
  package: z.string().min(1),
  version: z.string().min(1),
  license: z.string().min(1),
  /** Of the packed archive; null when the importer was given an unpacked folder. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** The day of the import that brought this version. */
  importedOn: z.iso.date(),
});
export type CatalogSource = z.output<typeof catalogSourceSchema>;

/** One provider's offer of one model. Without rows its price is not known, and it is not sold. */
export const catalogOfferSchema = z.strictObject({
  provider: z.string().min(1),
  upstreamModel: z.string().min(1).max(200),
  /** Empty where the provider speaks none that we know. */
  dialects: z.array(dialectSchema),
  contextLength: z.number().int().min(1),
  maxOutputTokens: z.number().int().min(1),
  capabilities: z.array(capabilitySchema),
  /** The price list, as apilink.yaml has it; the last row that holds applies. */
  prices: priceRowsSchema.optional(),
});
export type CatalogOffer = z.output<typeof catalogOfferSchema>;

/** A model and everybody who sells it: its family. */
export const catalogModelSchema = z.strictObject({
  /** `author/name`, the same whoever sells it. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9._:-]*$/),
  name: z.string().min(1).max(200),
  description: z.string().max(2000),
  offers: z.array(catalogOfferSchema).min(1).max(64),
});
export type CatalogModel = z.output<typeof catalogModelSchema>;

/** What stands in data/catalog.json. */
export const catalogDataSchema = z.strictObject({
  format: z.literal(1),
  sources: z.array(catalogSourceSchema),
  models: z.array(catalogModelSchema),
});
export type CatalogData = z.output<typeof catalogDataSchema>;

/**
 * The catalog as text, always the same for the same content: models by id, offers by provider, keys in the order of the
 * schemas, a line for every offer, so that a difference in review is one of content.
 */
export function catalogText(data: CatalogData): string {
  const { format, sources, models } = z.encode(catalogDataSchema, data);
  const modelText = models
    .toSorted((one, other) => compare(one.id, other.id))
    .map(({ offers, ...facts }) => {
      const lines = offers
        .toSorted((one, other) => compare(one.provider, other.provider))
        .map((offer) => `      ${JSON.stringify(offer)}`);
      return `    ${JSON.stringify(facts).slice(0, -1)},"offers":[\n${lines.join(',\n')}\n    ]}`;
    });
  const sourceText = sources.map((source) => `    ${JSON.stringify(source)}`);
  return `{\n  "format": ${format},\n  "sources": [\n${sourceText.join(',\n')}\n  ],\n  "models": [\n${modelText.join(',\n')}\n  ]\n}\n`;
}

/** By code points, so that the order does not hang on the machine's language. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
