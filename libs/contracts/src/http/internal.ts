import { z } from 'zod';

import { accountIdSchema, generationIdSchema, keyIdSchema, workspaceIdSchema } from '../ids.js';
import { receiptSchema } from './generation.js';

/**
 * Service to service, behind `Authorization: Bearer <service token>` (two tokens valid at a time, for rotation).
 * Billing serves all of these under /internal/v1.
 */
export const internalPaths = {
  /** POST keyLookupRequest → keyLookupReply; loads the key's account into the gate. 404 = no such key. */
  keyLookup: '/internal/v1/key-lookups',
  /** POST accountLoadRequest → 204 once the gate knows the account; 503 when billing cannot load it within 2 s. */
  accountLoad: '/internal/v1/account-loads',
  /** POST generationRequest → generationReply; 404 = unknown, or of another account. */
  generationLookup: '/internal/v1/generation-lookups',
} as const;

/** SHA-256 of the whole API key, lower-case hex. */
export const keyHashSchema = z.string().regex(/^[0-9a-f]{64}$/);

export const keyLookupRequestSchema = z.object({ keyHash: keyHashSchema });
export const keyLookupReplySchema = z.object({
  accountId: accountIdSchema,
  workspaceId: workspaceIdSchema,
  keyId: keyIdSchema,
  timeZone: z.string(),
});
export type KeyLookupReply = z.output<typeof keyLookupReplySchema>;

export const accountLoadRequestSchema = z.object({ accountId: accountIdSchema });

export const generationLookupRequestSchema = z.object({ accountId: accountIdSchema, generationId: generationIdSchema });
export const generationLookupReplySchema = z.object({ data: receiptSchema });
