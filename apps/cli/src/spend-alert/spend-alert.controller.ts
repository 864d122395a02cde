import { accountIdSchema, webhooksApi, type AccountId } from '@apilink/contracts';
import type { NanoUsd } from '@apilink/money';
import type { Command } from 'commander';
import { z } from 'zod';

import { idOption, type CommandRun } from '../command/command.service.js';
import { usdOption } from '../command/option.factory.js';
import { usdText } from '../output/amount.domain.js';
import { listLines } from '../output/table.domain.js';

interface AccountOptions {
  readonly account?: AccountId;
  readonly json?: boolean;
}

/** `apilink alert list|set` */
export function spendAlertCommands(program: Command, run: CommandRun): void {
  const alert = program.command('alert').description('alerts about spend: caps, budgets, a low balance');
  alert
    .command('list')
    .description('limits that were reached, newest first')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (options: AccountOptions) => {
      const list = await run.billing.ask(
        { method: 'GET', path: alertPath(run, options) },
        webhooksApi.spendAlertListSchema,
      );
      run
        .output(options)
        .answer(webhooksApi.spendAlertListSchema, list, () => [
          `A balance is low below ${usdText(list.lowBalanceNanoUsd)}.`,
          '',
          ...alertTable(list.alerts),
        ]);
    });
  alert
    .command('set')
    .description('below which balance to alert; 0 = never')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .requiredOption('--low-balance-usd <usd>', 'US dollars', usdOption)
    .option('--json', 'answer for scripts')
    .action(async (options: AccountOptions & { lowBalanceUsd: NanoUsd }) => {
      const body = z.encode(webhooksApi.spendAlertSettingsSchema, { lowBalanceNanoUsd: options.lowBalanceUsd });
      const request = { method: 'PUT', path: alertPath(run, options), body } as const;
      const set = await run.billing.ask(request, webhooksApi.spendAlertSettingsSchema);
      run
        .output(options)
        .answer(webhooksApi.spendAlertSettingsSchema, set, () => [
          set.lowBalanceNanoUsd === 0n
            ? 'No alerts of a low balance.'
            : `A balance is low below ${usdText(set.lowBalanceNanoUsd)}.`,
        ]);
    });
}

function alertPath(run: CommandRun, { account }: AccountOptions): string {
  return `/accounts/${z.encode(accountIdSchema, run.account(account))}/spend-alerts`;
}

function alertTable(alerts: z.output<typeof webhooksApi.spendAlertListSchema>['alerts']): string[] {
  return listLines(
    [
      { title: 'FOUND', align: 'left' },
      { title: 'KIND', align: 'left' },
      { title: 'OF', align: 'left' },
      { title: 'PERIOD', align: 'left' },
      { title: 'AT', align: 'right' },
      { title: 'LIMIT', align: 'right' },
      { title: 'SPENT OR LEFT', align: 'right' },
    ],
    alerts.map((alert) => [
      new Date(alert.foundAt).toISOString(),
      alert.kind.replace('_', ' '),
      alert.scopeId,
      alert.kind === 'balance_low' ? '-' : alert.period,
      alert.kind === 'balance_low' ? '-' : `${alert.thresholdPercent} %`,
      usdText(alert.limitNanoUsd),
      usdText(alert.amountNanoUsd),
    ]),
    'No alerts.',
  );
}
