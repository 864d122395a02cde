import { z } from 'zod';

/**
 * The JSON Schema (draft 2020-12) of what may stand in a file, for editors: of a codec it shows the written side. Rules
 * across fields (unique ids, a price for each model) are checked by `apilink config check` alone.
 */
export function configurationJsonSchema(schema: z.ZodType, title: string): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return { $schema, title, ...rest };
}
