import { randomUUID } from 'node:crypto';

import {
  accountIdSchema,
  lotIdSchema,
  lotsApi,
  refundIdSchema,
  type AccountId,
  type LotId,
  type RefundId,
} from '@apilink/contracts';
import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';

import { idOption, type CommandRun } from '../command/command.service.js';
import { usdOption } from '../command/option.factory.js';
import { usdText } from '../output/amount.domain.js';
import { factLines, listLines } from '../output/table.domain.js';
import { moneyText } from '../topup/money.domain.js';

type Refund = z.output<typeof lotsApi.refundSchema>;

interface CreateOptions {
  readonly account?: AccountId;
  readonly lot?: LotId;
  readonly usd: bigint;
  readonly reason: string;
  readonly requestKey?: string;
  readonly json?: boolean;
}
interface AccountOptions {
  readonly account?: AccountId;
  readonly json?: boolean;
}

/** `apilink refund create|list|show|paid|failed` */
export function refundCommands(program: Command, run: CommandRun): void {
  const refund = program.command('refund').description('unused payments that are given back');
  addCreate(refund, run);

  refund
    .command('list')
    .description('newest first')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (options: AccountOptions) => {
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/refunds`;
      const listed = await run.billing.ask({ method: 'GET', path }, lotsApi.refundListSchema);
      run.output(options).answer(lotsApi.refundListSchema, listed, () => refundTable(listed.refunds));
    });

  refund
    .command('show')
    .argument('<refund>', 'refund id', idOption(refundIdSchema))
    .description('one refund with its state')
    .option('--json', 'answer for scripts')
    .action(async (refundId: RefundId, options: { readonly json?: boolean }) => {
      const path = `/refunds/${z.encode(refundIdSchema, refundId)}`;
      const shown = await run.billing.ask({ method: 'GET', path }, lotsApi.refundSchema);
      run.output(options).answer(lotsApi.refundSchema, shown, () => refundLines(shown));
    });
  addOutcomes(refund, run);
}

function addCreate(refund: Command, run: CommandRun): void {
  refund
    .command('create')
    .description('give unused payments back, the oldest first; gifts are never given back')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--lot <id>', 'this payment alone (default: the oldest first)', idOption(lotIdSchema))
    .requiredOption('--usd <usd>', 'US dollars of credit, at most nine decimals', refundAmount)
    .requiredOption('--reason <text>', 'why, for the books')
    .option('--request-key <key>', 'the same key twice refunds once (default: a new one)')
    .option('--json', 'answer for scripts')
    .action(async (options: CreateOptions) => {
      const body = z.encode(lotsApi.refundCreateSchema, {
        amountNanoUsd: options.usd,
        lotId: options.lot,
        reason: options.reason,
        requestKey: options.requestKey ?? randomUUID(),
      });
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/refunds`;
      const created = await run.billing.ask({ method: 'POST', path, body }, lotsApi.refundListSchema);
      run.output(options).answer(lotsApi.refundListSchema, created, () => refundTable(created.refunds));
    });
}

/** Of refunds that people carry out, because their channel cannot be asked by a program. */
function addOutcomes(refund: Command, run: CommandRun): void {
  refund
    .command('paid')
    .argument('<refund>', 'refund id', idOption(refundIdSchema))
    .description('record that the money of a bank transfer was sent back')
    .requiredOption('--reference <number>', "the bank's number of the transfer")
    .option('--json', 'answer for scripts')
    .action((refundId: RefundId, options: { readonly reference: string; readonly json?: boolean }) =>
      settle(run, refundId, { outcome: 'paid', reference: options.reference }, options),
    );

  refund
    .command('failed')
    .argument('<refund>', 'refund id', idOption(refundIdSchema))
    .description('record that it could not be sent back; the credit can be used again')
    .requiredOption('--reason <text>', 'why')
    .option('--json', 'answer for scripts')
    .action((refundId: RefundId, options: { readonly reason: string; readonly json?: boolean }) =>
      settle(run, refundId, { outcome: 'failed', reason: options.reason }, options),
    );
}

async function settle(
  run: CommandRun,
  refundId: RefundId,
  outcome: z.output<typeof lotsApi.refundOutcomeSchema>,
  options: { readonly json?: boolean },
): Promise<void> {
  const path = `/refunds/${z.encode(refundIdSchema, refundId)}/outcome`;
  const body = z.encode(lotsApi.refundOutcomeSchema, outcome);
  const ended = await run.billing.ask({ method: 'POST', path, body }, lotsApi.refundSchema);
  run.output(options).answer(lotsApi.refundSchema, ended, () => refundLines(ended));
}

function refundTable(refunds: readonly Refund[]): string[] {
  return listLines(
    [
      { title: 'REFUND', align: 'left' },
      { title: 'STATE', align: 'left' },
      { title: 'MONEY', align: 'right' },
      { title: 'OFF THE BALANCE', align: 'right' },
      { title: 'CHANNEL', align: 'left' },
      { title: 'LOT', align: 'left' },
    ],
    refunds.map((refund) => [
      z.encode(refundIdSchema, refund.refundId),
      stateText(refund),
      moneyText(refund.currency, refund.refundedMinorUnits),
      usdText(refund.debitNanoUsd),
      refund.channel,
      z.encode(lotIdSchema, refund.lotId),
    ]),
    'No refund yet.',
  );
}

function refundLines(refund: Refund): string[] {
  return factLines([
    { name: 'refund', value: z.encode(refundIdSchema, refund.refundId) },
    { name: 'state', value: stateText(refund) },
    { name: 'money', value: moneyText(refund.currency, refund.refundedMinorUnits), money: true },
    { name: 'off the balance', value: usdText(refund.debitNanoUsd), money: true },
    { name: 'lot', value: z.encode(lotIdSchema, refund.lotId) },
    { name: 'payment', value: `${refund.channel} ${refund.paymentReference}` },
    { name: 'channel says', value: refund.channelReference ?? '-' },
    { name: 'reason', value: refund.reason },
    { name: 'by', value: refund.actor },
    ...(refund.voidReason === null ? [] : [{ name: 'voided because', value: refund.voidReason }]),
  ]);
}

function stateText({ state, isManual }: Refund): string {
  return state === 'submitted' && isManual ? 'submitted (send it by hand, then `refund paid`)' : state;
}

function refundAmount(text: string): bigint {
  const amount = usdOption(text);
  if (amount === 0n) throw new InvalidArgumentError('A refund is above zero.');
  return amount;
}
