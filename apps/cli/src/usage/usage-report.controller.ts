import { accountIdSchema, usageApi, type AccountId } from '@apilink/contracts';
import { z } from 'zod';

import type { CommandRun } from '../command/command.service.js';
import { csvText } from '../output/csv.domain.js';
import { reportRecords, reportTable } from './usage-report-view.domain.js';

export interface ReportOptions {
  readonly account?: AccountId;
  readonly by: usageApi.UsageDimension;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly json?: boolean;
  readonly csv?: boolean;
}

const rowsMax = 10_000;

/** `apilink usage --by …`: what was used and charged, broken down by one dimension. */
export async function reportUsage(run: CommandRun, options: ReportOptions): Promise<void> {
  const output = run.output(options);
  const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/usage-report`;
  const limit = options.limit === undefined ? undefined : Math.min(options.limit, rowsMax).toString();
  const query = { by: options.by, from: options.from, to: options.to, limit };
  const report = await run.billing.ask({ method: 'GET', path, query }, usageApi.usageReportSchema);
  if (options.csv === true) run.terminal.out.write(csvText(reportRecords(report)));
  else output.answer(usageApi.usageReportSchema, report, () => reportTable(report));
}
