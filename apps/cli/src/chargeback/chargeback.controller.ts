import { randomUUID } from 'node:crypto';

import {
  accountIdSchema,
  chargebackIdSchema,
  lotIdSchema,
  lotsApi,
  type AccountId,
  type LotId,
} from '@apilink/contracts';
import type { Command } from 'commander';
import { z } from 'zod';

import { idOption, type CommandRun } from '../command/command.service.js';
import { usdText } from '../output/amount.domain.js';
import { factLines } from '../output/table.domain.js';
import { minorUnitsOption } from '../topup/money-option.factory.js';
import { moneyText } from '../topup/money.domain.js';

interface OpenOptions {
  readonly account?: AccountId;
  readonly lot: LotId;
  readonly amount: bigint;
  readonly reason: string;
  readonly requestKey?: string;
  readonly json?: boolean;
}
interface WriteOffOptions {
  readonly account?: AccountId;
  readonly reason: string;
  readonly requestKey?: string;
  readonly json?: boolean;
}

/** `apilink chargeback open|write-off`: what a bank took back, and what of it is given up. */
export function chargebackCommands(program: Command, run: CommandRun): void {
  const chargeback = program.command('chargeback').description('payments that a bank took back');

  chargeback
    .command('open')
    .description('take a payment off the balance, below zero if need be, and suspend the account')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .requiredOption('--lot <id>', 'the payment (`apilink lot list`)', idOption(lotIdSchema))
    .requiredOption('--amount <money>', "what the bank took, in the payment's currency", minorUnitsOption)
    .requiredOption('--reason <text>', "the bank's reason, for the books")
    .option('--request-key <key>', 'the same key twice takes it off once (default: a new one)')
    .option('--json', 'answer for scripts')
    .action(async (options: OpenOptions) => {
      const { lot: lotId, amount: minorUnits, reason } = options;
      const requestKey = options.requestKey ?? randomUUID();
      const body = z.encode(lotsApi.chargebackCreateSchema, { lotId, minorUnits, reason, requestKey });
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/chargebacks`;
      const opened = await run.billing.ask({ method: 'POST', path, body }, lotsApi.chargebackSchema);
      run.output(options).answer(lotsApi.chargebackSchema, opened, () =>
        factLines([
          { name: 'chargeback', value: z.encode(chargebackIdSchema, opened.chargebackId) },
          { name: 'taken back', value: moneyText(opened.currency, opened.chargedBackMinorUnits), money: true },
          { name: 'off the balance', value: usdText(opened.debitNanoUsd), money: true },
          { name: 'posted', value: usdText(opened.postedNanoUsd), money: true },
          { name: 'account', value: 'suspended; `apilink account update --status active` lifts it' },
        ]),
      );
    });

  chargeback
    .command('write-off')
    .description('give up what chargebacks have left below zero')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .requiredOption('--reason <text>', 'why, for the books')
    .option('--request-key <key>', 'the same key twice writes off once (default: a new one)')
    .option('--json', 'answer for scripts')
    .action(async (options: WriteOffOptions) => {
      const requestKey = options.requestKey ?? randomUUID();
      const body = z.encode(lotsApi.gapWriteOffSchema, { reason: options.reason, requestKey });
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/gap-write-offs`;
      const written = await run.billing.ask({ method: 'POST', path, body }, lotsApi.gapWrittenOffSchema);
      run.output(options).answer(lotsApi.gapWrittenOffSchema, written, () =>
        factLines([
          { name: 'transfer', value: written.transferId },
          { name: 'written off', value: usdText(written.writtenOffNanoUsd), money: true },
          { name: 'posted', value: usdText(written.postedNanoUsd), money: true },
        ]),
      );
    });
}
