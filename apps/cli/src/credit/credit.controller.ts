import { randomUUID } from 'node:crypto';

import { accountIdSchema, billingApi, type AccountId, type VerifiedIdentity } from '@apilink/contracts';
import type { NanoUsd } from '@apilink/money';
import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';

import { idOption, type CommandRun } from '../command/command.service.js';
import { identityOption, usdOption } from '../command/option.factory.js';
import { usdText } from '../output/amount.domain.js';
import { factLines } from '../output/table.domain.js';

interface GrantOptions {
  readonly account?: AccountId;
  readonly usd: NanoUsd;
  readonly reason: string;
  readonly requestKey?: string;
  readonly json?: boolean;
}

interface FreeOptions {
  readonly account?: AccountId;
  readonly identity: VerifiedIdentity;
  readonly json?: boolean;
}

/** `apilink credit grant|free`; billing answers when the ledger and the gate both know the credit. */
export function creditCommands(program: Command, run: CommandRun): void {
  const credit = program.command('credit').description('credit of an account');
  addFree(credit, run);
  credit
    .command('grant')
    .description('grant promotional credit; returns when it can be spent')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .requiredOption('--usd <usd>', 'US dollars, at most nine decimals', grantAmount)
    .requiredOption('--reason <text>', 'why, for the books')
    .option('--request-key <key>', 'the same key twice grants once (default: a new one)')
    .option('--json', 'answer for scripts')
    .action(async (options: GrantOptions) => {
      const body = z.encode(billingApi.creditGrantSchema, {
        amountNanoUsd: options.usd,
        reason: options.reason,
        requestKey: options.requestKey ?? randomUUID(),
      });
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/credit-grants`;
      const granted = await run.billing.ask({ method: 'POST', path, body }, billingApi.creditGrantedReplySchema);
      run.output(options).answer(billingApi.creditGrantedReplySchema, granted, () =>
        factLines([
          { name: 'transfer', value: granted.transferId },
          { name: 'granted', value: usdText(options.usd), money: true },
          { name: 'posted', value: usdText(granted.postedNanoUsd), money: true },
        ]),
      );
    });
}

function addFree(credit: Command, run: CommandRun): void {
  credit
    .command('free')
    .description('grant the free credit of one dollar: once per verified identity, within the budget of the day')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .requiredOption('--identity <kind:value>', 'verified by you: email:a@b.c or phone:+86138…', identityOption)
    .option('--json', 'answer for scripts')
    .action(async (options: FreeOptions) => {
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/free-credit`;
      const body = { identity: options.identity };
      const granted = await run.billing.ask({ method: 'POST', path, body }, billingApi.creditGrantedReplySchema);
      run.output(options).answer(billingApi.creditGrantedReplySchema, granted, () =>
        factLines([
          { name: 'transfer', value: granted.transferId },
          { name: 'posted', value: usdText(granted.postedNanoUsd), money: true },
        ]),
      );
    });
}

function grantAmount(text: string): NanoUsd {
  const amount = usdOption(text);
  if (amount === 0n) throw new InvalidArgumentError('A grant is above zero.');
  return amount;
}
