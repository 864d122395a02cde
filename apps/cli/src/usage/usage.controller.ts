import { accountIdSchema, billingApi, generationIdSchema, usageApi, type AccountId } from '@apilink/contracts';
import { formatUsd } from '@apilink/money';
import { Option, type Command } from 'commander';
import { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';
import { idOption, type CommandRun } from '../command/command.service.js';

import { countOption, dayOption } from '../command/option.factory.js';
import { usdText } from '../output/amount.domain.js';
import { csvText, type CsvRecord } from '../output/csv.domain.js';
import { listLines } from '../output/table.domain.js';
import { reportUsage } from './usage-report.controller.js';

type UsagePage = z.output<typeof billingApi.usagePageSchema>;
type UsageRow = UsagePage['generations'][number];

interface UsageOptions {
  readonly account?: AccountId;
  readonly by?: usageApi.UsageDimension;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
}

const pageRowsMax = 500;
const rowsDefault = 10_000;

/** `apilink usage`: the newest generations of an account, fetched page by page; with `--by`, a report of sums. */
export function usageCommands(program: Command, run: CommandRun): void {
  program
    .command('usage')
    .description('generations of an account, newest first; with --by, what was used and charged by model, key, day …')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .addOption(new Option('--by <dimension>', 'a report by').choices(usageApi.usageDimensionSchema.options))
    .option('--from <day>', 'first day of a report, in the time zone of the account (default: 30 days)', dayOption)
    .option('--to <day>', 'last day of a report (default: today)', dayOption)
    .option('--limit <n>', 'at most this many generations (10,000), or rows of a report (1,000)', countOption)
    .option('--cursor <cursor>', 'go on where an answer ended (its nextCursor)')
    .option('--csv', 'answer for spreadsheets')
    .option('--json', 'answer for scripts')
    .action(async ({ by, ...options }: UsageOptions) => {
      if (by !== undefined) return reportUsage(run, { ...options, by });
      if (options.from !== undefined || options.to !== undefined) {
        throw new CommandError(exitCodes.wrongUsage, '--from and --to belong to a report: say --by model, key, day …');
      }
      return listGenerations(run, options);
    });
}

async function listGenerations(run: CommandRun, options: UsageOptions): Promise<void> {
  const output = run.output(options);
  const page = await fetchUsage(run, options, (rows) => output.progress(`${rows} generations so far …`));
  output.progressEnds();
  if (options.csv === true) {
    run.terminal.out.write(csvText(page.generations.map(recordOf)));
    return;
  }
  output.answer(billingApi.usagePageSchema, page, () => [
    ...usageTable(page.generations),
    ...(page.nextCursor === null ? [] : ['', `More: --cursor ${page.nextCursor}`]),
  ]);
}

async function fetchUsage(run: CommandRun, options: UsageOptions, onRows: (rows: number) => void): Promise<UsagePage> {
  const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/usage`;
  const generations: UsageRow[] = [];
  const wanted = options.limit ?? rowsDefault;
  let cursor = options.cursor;
  for (;;) {
    const limit = Math.min(pageRowsMax, wanted - generations.length).toString();
    const page = await run.billing.ask({ method: 'GET', path, query: { limit, cursor } }, billingApi.usagePageSchema);
    generations.push(...page.generations);
    if (page.nextCursor === null || generations.length >= wanted) {
      return { generations, nextCursor: page.nextCursor };
    }
    cursor = page.nextCursor;
    onRows(generations.length);
  }
}

function recordOf(row: UsageRow): CsvRecord {
  return {
    generation: z.encode(generationIdSchema, row.id),
    opened: new Date(row.openedAt).toISOString(),
    model: row.model,
    state: row.state,
    outcome: row.outcome ?? '',
    hold_usd: formatUsd(row.holdNanoUsd),
    charge_usd: formatUsd(row.chargeNanoUsd),
  };
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
