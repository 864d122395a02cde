import { randomUUID } from 'node:crypto';

import { accountIdSchema, billingApi, type AccountId, type VerifiedIdentity } from '@apilink/contracts';
import type { Command } from 'commander';
import { z } from 'zod';

import { identityOption, nameOption, pageOption } from '../command/option.factory.js';
import { CommandError, exitCodes } from '../command/command.errors.js';
import { idOption, type CommandRun } from '../command/command.service.js';
import { usdText } from '../output/amount.domain.js';
import { factLines, listLines } from '../output/table.domain.js';

type Account = z.output<typeof billingApi.accountSchema>;

interface CreateOptions {
  readonly name: string;
  readonly timeZone?: string;
  readonly withFreeCredit?: true;
  readonly identity?: VerifiedIdentity;
  readonly requestKey?: string;
  readonly json?: boolean;
}
interface ShowOptions {
  readonly account?: AccountId;
  readonly json?: boolean;
}
interface ListOptions {
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** `apilink account create|show|list` */
export function accountCommands(program: Command, run: CommandRun): void {
  const account = program.command('account').description('accounts: the paying organisations');

  account
    .command('create')
    .description('create an account with its default workspace')
    .requiredOption('--name <name>', 'its name', nameOption)
    .option('--time-zone <zone>', 'IANA name; fixes the periods of caps (default: UTC)')
    .option('--with-free-credit', 'grant the free credit of one dollar')
    .option('--identity <kind:value>', 'whose it is, verified by you: email:a@b.c or phone:+86138…', identityOption)
    .option('--request-key <key>', 'the same key twice creates one account (default: a new one)')
    .option('--json', 'answer for scripts')
    .action(async (options: CreateOptions) => {
      if (options.identity !== undefined && options.withFreeCredit !== true) {
        throw new CommandError(exitCodes.wrongUsage, '--identity goes with --with-free-credit: it says whose it is.');
      }
      const created = await run.billing.ask(
        {
          method: 'POST',
          path: '/accounts',
          body: {
            name: options.name,
            ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
            withFreeCredit: options.withFreeCredit === true,
            ...(options.identity === undefined ? {} : { identity: options.identity }),
            requestKey: options.requestKey ?? randomUUID(),
          },
        },
        billingApi.accountSchema,
      );
      run.output(options).answer(billingApi.accountSchema, created, () => accountLines(created));
    });

  account
    .command('show')
    .description('balance and state of one account')
    .argument('[account]', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--account <id>', 'the same', idOption(accountIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (named: AccountId | undefined, options: ShowOptions) => {
      const id = z.encode(accountIdSchema, run.account(named ?? options.account));
      const shown = await run.billing.ask({ method: 'GET', path: `/accounts/${id}` }, billingApi.accountSchema);
      run.output(options).answer(billingApi.accountSchema, shown, () => accountLines(shown));
    });

  account
    .command('list')
    .description('accounts with their balances')
    .option('--limit <n>', 'rows of a page, at most 500 (default: 100)', pageOption)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--json', 'answer for scripts')
    .action(async (options: ListOptions) => {
      const query = { limit: options.limit?.toString(), cursor: options.cursor };
      const page = await run.billing.ask({ method: 'GET', path: '/accounts', query }, billingApi.accountPageSchema);
      run
        .output(options)
        .answer(billingApi.accountPageSchema, page, () => [
          ...accountTable(page.accounts),
          ...(page.nextCursor === null ? [] : ['', `More: --cursor ${page.nextCursor}`]),
        ]);
    });
}

function accountLines(account: Account): string[] {
  return factLines([
    { name: 'account', value: z.encode(accountIdSchema, account.accountId) },
    { name: 'name', value: account.name },
    { name: 'status', value: account.status },
    { name: 'time zone', value: account.timeZone },
    { name: 'available', value: usdText(account.availableNanoUsd), money: true },
    { name: 'held', value: usdText(account.heldNanoUsd), money: true },
    { name: 'posted', value: usdText(account.postedNanoUsd), money: true },
    { name: '  of it promo', value: usdText(account.promoNanoUsd), money: true },
    { name: '  of it paid', value: usdText(account.paidNanoUsd), money: true },
    { name: 'credited', value: usdText(account.creditedNanoUsd), money: true },
    { name: 'spent', value: usdText(account.spentNanoUsd), money: true },
    ...(account.remittanceCode === undefined ? [] : [{ name: 'remittance', value: account.remittanceCode }]),
    { name: 'created', value: new Date(account.createdAt).toISOString() },
  ]);
}

function accountTable(accounts: readonly Account[]): string[] {
  return listLines(
    [
      { title: 'ACCOUNT', align: 'left' },
      { title: 'NAME', align: 'left' },
      { title: 'STATUS', align: 'left' },
      { title: 'AVAILABLE', align: 'right' },
      { title: 'HELD', align: 'right' },
      { title: 'SPENT', align: 'right' },
    ],
    accounts.map((account) => [
      z.encode(accountIdSchema, account.accountId),
      account.name,
      account.status,
      usdText(account.availableNanoUsd),
      usdText(account.heldNanoUsd),
      usdText(account.spentNanoUsd),
    ]),
    'No accounts.',
  );
}
