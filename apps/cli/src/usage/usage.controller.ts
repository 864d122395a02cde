import { accountIdSchema, billingApi, generationIdSchema, type AccountId } from '@apilink/contracts';
import type { Command } from 'commander';
import { z } from 'zod';

import { idOption, type CommandRun } from '../command/command.service.js';
import { countOption } from '../command/option.factory.js';
import { usdText } from '../output/amount.domain.js';
import { listLines } from '../output/table.domain.js';

type UsagePage = z.output<typeof billingApi.usagePageSchema>;
type UsageRow = UsagePage['generations'][number];

interface UsageOptions {
  readonly account?: AccountId;
  readonly limit: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

const pageRowsMax = 500;
const rowsDefault = 10_000;

/** `apilink usage`: the newest generations of an account, fetched page by page. */
export function usageCommands(program: Command, run: CommandRun): void {
  program
    .command('usage')
    .description('generations of an account with hold, charge and outcome, newest first')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--limit <n>', 'at most this many', countOption, rowsDefault)
    .option('--cursor <cursor>', 'go on where an answer ended (its nextCursor)')
    .option('--json', 'answer for scripts')
    .action(async (options: UsageOptions) => {
      const output = run.output(options);
      const page = await fetchUsage(run, options, (rows) => output.progress(`${rows} generations so far …`));
      output.progressEnds();
      output.answer(billingApi.usagePageSchema, page, () => [
        ...usageTable(page.generations),
        ...(page.nextCursor === null ? [] : ['', `More: --cursor ${page.nextCursor}`]),
      ]);
    });
}

async function fetchUsage(run: CommandRun, options: UsageOptions, onRows: (rows: number) => void): Promise<UsagePage> {
  const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/usage`;
  const generations: UsageRow[] = [];
  let cursor = options.cursor;
  for (;;) {
    const limit = Math.min(pageRowsMax, options.limit - generations.length).toString();
    const page = await run.billing.ask({ method: 'GET', path, query: { limit, cursor } }, billingApi.usagePageSchema);
    generations.push(...page.generations);
    if (page.nextCursor === null || generations.length >= options.limit) {
      return { generations, nextCursor: page.nextCursor };
    }
    cursor = page.nextCursor;
    onRows(generations.length);
  }
}

function usageTable(rows: readonly UsageRow[]): string[] {
  return listLines(
    [
      { title: 'GENERATION', align: 'left' },
      { title: 'OPENED', align: 'left' },
      { title: 'MODEL', align: 'left' },
      { title: 'STATE', align: 'left' },
      { title: 'OUTCOME', align: 'left' },
      { title: 'HOLD', align: 'right' },
      { title: 'CHARGE', align: 'right' },
    ],
    rows.map((row) => [
      z.encode(generationIdSchema, row.id),
      new Date(row.openedAt).toISOString(),
      row.model,
      row.state,
      row.outcome ?? '-',
      usdText(row.holdNanoUsd),
      usdText(row.chargeNanoUsd),
    ]),
    'No requests.',
  );
}
