import { accountIdSchema, lotIdSchema, lotsApi, type AccountId } from '@apilink/contracts';
import type { Command } from 'commander';
import { z } from 'zod';

import { idOption, type CommandRun } from '../command/command.service.js';
import { usdText } from '../output/amount.domain.js';
import { listLines } from '../output/table.domain.js';
import { moneyText } from '../topup/money.domain.js';

interface ListOptions {
  readonly account?: AccountId;
  readonly json?: boolean;
}

/** `apilink lot list`: what every dollar of a balance came from. */
export function lotCommands(program: Command, run: CommandRun): void {
  program
    .command('lot')
    .description('gifts and payments that a balance is made of')
    .command('list')
    .description('newest first: what was paid, credited, drawn and given back of each')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (options: ListOptions) => {
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/lots`;
      const listed = await run.billing.ask({ method: 'GET', path }, lotsApi.lotListSchema);
      run.output(options).answer(lotsApi.lotListSchema, listed, () =>
        listLines(
          [
            { title: 'LOT', align: 'left' },
            { title: 'KIND', align: 'left' },
            { title: 'PAID', align: 'right' },
            { title: 'CREDIT', align: 'right' },
            { title: 'DRAWN', align: 'right' },
            { title: 'GIVEN BACK', align: 'right' },
            { title: 'UNUSED', align: 'right' },
            { title: 'CHANNEL', align: 'left' },
          ],
          listed.lots.map((lot) => [
            z.encode(lotIdSchema, lot.lotId),
            lot.kind === 'promo' ? 'gift' : 'paid',
            lot.kind === 'promo' ? '-' : moneyText(lot.currency, lot.paidMinorUnits),
            usdText(lot.creditNanoUsd),
            usdText(lot.drawnNanoUsd),
            usdText(lot.refundedNanoUsd + lot.chargedBackNanoUsd),
            usdText(lot.unusedNanoUsd),
            lot.channel ?? '-',
          ]),
          'No gift and no payment yet.',
        ),
      );
    });
}
