import { accountIdSchema, differencesApi, encodeWireId } from '@apilink/contracts';
import type { Command } from 'commander';
import { z } from 'zod';

import type { CommandRun } from '../command/command.service.js';
import { pageOption } from '../command/option.factory.js';
import { listLines } from '../output/table.domain.js';

interface ListOptions {
  readonly kind?: string;
  readonly account?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** `apilink difference list`: what the alerts about charges and about the gate were about. */
export function differenceCommands(program: Command, run: CommandRun): void {
  program
    .command('difference')
    .description('figures that should have been one and were not')
    .command('list')
    .description(
      'newest first: charges that the edge computed otherwise, or that the balance could not take; gates told anew',
    )
    .option('--kind <kind>', `one of ${differencesApi.differenceKindSchema.options.join(', ')}`)
    .option('--account <id>', 'only those of an account')
    .option('--limit <n>', 'rows of a page, at most 500 (default: 100)', pageOption)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--json', 'answer for scripts')
    .action(async (options: ListOptions) => {
      const { kind, account, limit, cursor } = options;
      const query = { kind, accountId: account, limit: limit?.toString(), cursor };
      const page = await run.billing.ask(
        { method: 'GET', path: '/differences', query },
        differencesApi.differenceListSchema,
      );
      run
        .output(options)
        .answer(differencesApi.differenceListSchema, page, () => [
          ...differenceTable(page.differences),
          ...(page.nextCursor === null ? [] : ['', `More: --cursor ${page.nextCursor}`]),
        ]);
    });
}

function differenceTable(differences: readonly differencesApi.Difference[]): string[] {
  return listLines(
    [
      { title: 'FOUND AT', align: 'left' },
      { title: 'KIND', align: 'left' },
      { title: 'ACCOUNT', align: 'left' },
      { title: 'GENERATION', align: 'left' },
      { title: 'EXPECTED', align: 'right' },
      { title: 'FOUND', align: 'right' },
    ],
    differences.map(({ kind, accountId, generationId, expected, found, foundAt }) => [
      new Date(foundAt).toISOString(),
      kind,
      z.encode(accountIdSchema, accountId),
      generationId === null ? '-' : encodeWireId('gen', generationId),
      expected,
      found,
    ]),
    'No differences.',
  );
}
