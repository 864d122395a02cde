import { keyIdSchema, workspaceIdSchema, type billingApi } from '@apilink/contracts';
import { z } from 'zod';

import { usdOrNone } from '../output/amount.domain.js';
import { factLines, listLines } from '../output/table.domain.js';

type ApiKey = z.output<typeof billingApi.apiKeySchema>;
type CreatedApiKey = z.output<typeof billingApi.apiKeyCreatedSchema>;

export function createdLines(created: CreatedApiKey): string[] {
  return [
    ...factLines([
      { name: 'key', value: z.encode(keyIdSchema, created.keyId) },
      { name: 'workspace', value: z.encode(workspaceIdSchema, created.workspaceId) },
      { name: 'secret', value: created.apiKey },
    ]),
    '',
    'Copy the secret now: it is kept nowhere and never shown again.',
  ];
}

export function apiKeyTable(keys: readonly ApiKey[]): string[] {
  return listLines(
    [
      { title: 'KEY', align: 'left' },
      { title: 'NAME', align: 'left' },
      { title: 'HINT', align: 'left' },
      { title: 'STATUS', align: 'left' },
      { title: 'DAILY CAP', align: 'right' },
      { title: 'WEEKLY CAP', align: 'right' },
      { title: 'MONTHLY CAP', align: 'right' },
      { title: 'RPM', align: 'right' },
      { title: 'TPM', align: 'right' },
      { title: 'AT ONCE', align: 'right' },
      { title: 'EXPIRES', align: 'left' },
      { title: 'MODELS', align: 'left' },
    ],
    keys.map((key) => [
      z.encode(keyIdSchema, key.keyId),
      key.name,
      key.hint,
      key.status,
      usdOrNone(key.dailyCapNanoUsd),
      usdOrNone(key.weeklyCapNanoUsd),
      usdOrNone(key.monthlyCapNanoUsd),
      key.requestsPerMinute?.toString() ?? '-',
      key.tokensPerMinute?.toString() ?? '-',
      key.concurrency?.toString() ?? '-',
      key.expiresAt === null ? 'never' : new Date(key.expiresAt).toISOString(),
      key.management ? 'none: it manages keys' : (key.models?.join(', ') ?? 'all'),
    ]),
    'No keys.',
  );
}
