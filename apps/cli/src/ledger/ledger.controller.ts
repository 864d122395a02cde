import { accountIdSchema, billingApi, type AccountId } from '@apilink/contracts';
import type { Command } from 'commander';
import { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';
import { idOption, type CommandRun } from '../command/command.service.js';
import { pastOption } from '../command/option.factory.js';

interface RepublishOptions {
  readonly account?: AccountId;
  readonly from: number;
  readonly json?: boolean;
}

/** `apilink ledger republish`: for services that lost what they made of the ledger's events, or are new. */
export function ledgerCommands(program: Command, run: CommandRun): void {
  program
    .command('ledger')
    .description('the ledger of an account')
    .command('republish')
    .description("tell the events of an account's ledger again, with the same ids")
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .requiredOption('--from <instant>', 'what was posted since: an instant or day of ISO 8601, or 30d ago', (text) =>
      pastOption(text, run.terminal.now()),
    )
    .option('--json', 'answer for scripts')
    .action(async (options: RepublishOptions) => {
      const output = run.output(options);
      const accountId = z.encode(accountIdSchema, run.account(options.account));
      const published = await follow(run, accountId, options.from, (text) => output.progress(text));
      output.progressEnds();
      if (output.forScripts) output.script({ accountId, published });
      else output.lines([`${published} events of ${accountId} are on their way again.`]);
    });
}

async function follow(
  run: CommandRun,
  accountId: string,
  from: number,
  progress: (text: string) => void,
): Promise<number> {
  const body = z.encode(billingApi.republishRequestSchema, { from });
  const request = { method: 'POST', path: `/accounts/${accountId}/ledger-republications`, body } as const;
  for await (const line of run.billing.follow(request, billingApi.republishLineSchema)) {
    if (line.type === 'report') return line.published;
    progress(`${line.published} of ${line.total} events`);
  }
  throw new CommandError(exitCodes.notReachable, 'The republication broke off before its end; it may be run again.');
}
