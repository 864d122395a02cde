import { join } from 'node:path';

import { z } from 'zod';

import { PrivateFile } from '../data-folder/private-file.repository.js';

/** What scripts may rely on: rewritten at every start, when the service is ready. */
export const quickstartSchema = z.object({
  baseUrl: z.string(),
  apiKey: z.string(),
  accountId: z.string(),
  consoleUrl: z.string().nullable(),
  statusUrl: z.string().nullable(),
  operatorToken: z.string(),
  services: z.record(z.string(), z.string()),
});
export type Quickstart = z.output<typeof quickstartSchema>;

export function quickstartFile(dataDir: string): PrivateFile<typeof quickstartSchema> {
  return new PrivateFile(join(dataDir, 'quickstart.json'), quickstartSchema);
}

const firstKeySchema = z.object({ accountId: z.string(), keyId: z.string(), apiKey: z.string() });
/** The account and the key of the first start. The key's secret is told once, so it is kept here. */
export type FirstKey = z.output<typeof firstKeySchema>;

export function firstKeyFile(dataDir: string): PrivateFile<typeof firstKeySchema> {
  return new PrivateFile(join(dataDir, 'first-key.json'), firstKeySchema);
}
