import { randomUUID } from 'node:crypto';

import { accountIdSchema, lotIdSchema, paymentOrderIdSchema, paymentsApi, suspenseIdSchema } from '@apilink/contracts';
import type { AccountId, PaymentOrderId } from '@apilink/contracts';
import { Option, type Command } from 'commander';
import { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';
import { idOption, type CommandRun } from '../command/command.service.js';
import { pageOption } from '../command/option.factory.js';
import { usdText } from '../output/amount.domain.js';
import { factLines, listLines, type Fact } from '../output/table.domain.js';
import { minorUnitsOption } from './money-option.factory.js';
import { moneyText } from './money.domain.js';

type Topup = z.output<typeof paymentsApi.topupSchema>;
type TopupDetail = z.output<typeof paymentsApi.topupDetailSchema>;

interface CreateOptions {
  readonly account?: AccountId;
  readonly usd?: bigint;
  readonly cny?: bigint;
  readonly channel: string;
  readonly language?: 'en' | 'zh';
  readonly requestKey?: string;
  readonly json?: boolean;
}
interface ListOptions {
  readonly account?: AccountId;
  readonly state?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** `apilink topup create|list|show` */
export function topupCommands(program: Command, run: CommandRun): void {
  const topup = program.command('topup').description('top-ups that are paid at a checkout');

  topup
    .command('create')
    .description('make an order and open its checkout; at least $5 or what that is in yuan')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--usd <usd>', 'US dollars, at most two decimals', minorUnitsOption)
    .option('--cny <cny>', 'yuan, at most two decimals', minorUnitsOption)
    .option('--channel <id>', 'payment channel', 'sandbox')
    .addOption(new Option('--language <language>', 'of the checkout page').choices(['en', 'zh']))
    .option('--request-key <key>', 'the same key twice makes one order (default: a new one)')
    .option('--json', 'answer for scripts')
    .action(async (options: CreateOptions) => {
      const created = await run.billing.ask(
        {
          method: 'POST',
          path: '/topups',
          body: z.encode(paymentsApi.topupCreateSchema, {
            accountId: run.account(options.account),
            channel: options.channel,
            ...askedMoney(options),
            language: options.language ?? 'en',
            requestKey: options.requestKey ?? randomUUID(),
          }),
        },
        paymentsApi.topupSchema,
      );
      run.output(options).answer(paymentsApi.topupSchema, created, () => topupLines(created));
    });

  topup
    .command('list')
    .description('orders, newest first')
    .option('--account <id>', 'of one account alone', idOption(accountIdSchema))
    .addOption(new Option('--state <state>', 'in one state alone').choices(paymentsApi.orderStateSchema.options))
    .option('--limit <n>', 'rows of a page, at most 500 (default: 100)', pageOption)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--json', 'answer for scripts')
    .action(async (options: ListOptions) => {
      const query = {
        accountId: options.account === undefined ? undefined : z.encode(accountIdSchema, options.account),
        state: options.state,
        limit: options.limit?.toString(),
        cursor: options.cursor,
      };
      const page = await run.billing.ask({ method: 'GET', path: '/topups', query }, paymentsApi.topupPageSchema);
      run
        .output(options)
        .answer(paymentsApi.topupPageSchema, page, () => [
          ...topupTable(page.topups),
          ...(page.nextCursor === null ? [] : ['', `More: --cursor ${page.nextCursor}`]),
        ]);
    });

  topup
    .command('show')
    .description('one order and where its payments went')
    .argument('<order>', 'its id', idOption(paymentOrderIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (orderId: PaymentOrderId, options: { readonly json?: boolean }) => {
      const path = `/topups/${z.encode(paymentOrderIdSchema, orderId)}`;
      const shown = await run.billing.ask({ method: 'GET', path }, paymentsApi.topupDetailSchema);
      run.output(options).answer(paymentsApi.topupDetailSchema, shown, () => detailLines(shown));
    });
}

function askedMoney({ usd, cny }: CreateOptions) {
  if (usd !== undefined && cny === undefined) return { currency: 'USD' as const, minorUnits: usd };
  if (cny !== undefined && usd === undefined) return { currency: 'CNY' as const, minorUnits: cny };
  throw new CommandError(exitCodes.wrongUsage, 'Say how much: --usd 25 or --cny 100, one of the two.');
}

function topupLines(topup: Topup): string[] {
  return factLines(topupFacts(topup));
}

function topupFacts(topup: Topup): Fact[] {
  const rate = topup.fxRate === null ? [] : [{ name: 'rate', value: `${topup.fxRate} CNY per USD` }];
  return [
    { name: 'order', value: z.encode(paymentOrderIdSchema, topup.orderId) },
    { name: 'account', value: z.encode(accountIdSchema, topup.accountId) },
    { name: 'channel', value: topup.channel },
    { name: 'state', value: topup.reason === null ? topup.state : `${topup.state}: ${topup.reason}` },
    { name: 'to pay', value: moneyText(topup.currency, topup.minorUnits) },
    { name: 'credited', value: usdText(topup.creditNanoUsd) },
    ...rate,
    { name: 'created', value: `${new Date(topup.createdAt).toISOString()} by ${topup.actor}` },
    { name: 'expires', value: new Date(topup.expiresAt).toISOString() },
    { name: 'checkout', value: topup.checkoutUrl ?? '-' },
  ];
}

function detailLines(topup: TopupDetail): string[] {
  const table = listLines(
    [
      { title: 'PAYMENT', align: 'left' },
      { title: 'AMOUNT', align: 'right' },
      { title: 'PAID', align: 'left' },
      { title: 'WENT', align: 'left' },
    ],
    topup.payments.map((payment) => [
      payment.paymentReference,
      moneyText(payment.currency, payment.minorUnits),
      new Date(payment.paidAt).toISOString(),
      wentOf(payment),
    ]),
    'No payments yet.',
  );
  return [...topupLines(topup), '', ...table];
}

function wentOf({ lotId, suspenseId, reason }: TopupDetail['payments'][number]): string {
  if (lotId !== null) return `credited, ${z.encode(lotIdSchema, lotId)}`;
  if (suspenseId === null) return '-';
  return `suspense (${reason ?? '?'}), ${z.encode(suspenseIdSchema, suspenseId)}`;
}

function topupTable(topups: readonly Topup[]): string[] {
  return listLines(
    [
      { title: 'ORDER', align: 'left' },
      { title: 'ACCOUNT', align: 'left' },
      { title: 'CHANNEL', align: 'left' },
      { title: 'TO PAY', align: 'right' },
      { title: 'STATE', align: 'left' },
      { title: 'CREATED', align: 'left' },
    ],
    topups.map((topup) => [
      z.encode(paymentOrderIdSchema, topup.orderId),
      z.encode(accountIdSchema, topup.accountId),
      topup.channel,
      moneyText(topup.currency, topup.minorUnits),
      topup.state,
      new Date(topup.createdAt).toISOString(),
    ]),
    'No top-ups.',
  );
}
