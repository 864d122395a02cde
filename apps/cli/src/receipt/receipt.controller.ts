import {
  accountIdSchema,
  billingApi,
  generationIdSchema,
  receiptSchema,
  type AccountId,
  type GenerationId,
} from '@apilink/contracts';
import type { Command } from 'commander';
import { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';
import { idOption, type CommandRun } from '../command/command.service.js';
import { receiptLines } from './receipt-view.domain.js';

interface ReceiptOptions {
  readonly account?: AccountId;
  readonly json?: boolean;
}

/** `apilink receipt [GENERATION]`: what `/v1/generation` has in `data`. */
export function receiptCommands(program: Command, run: CommandRun): void {
  program
    .command('receipt')
    .description('what one request held, cost and released, and why')
    .argument(
      '[generation]',
      'generation id: the x-generation-id of an answer (default: the newest of the account)',
      idOption(generationIdSchema),
    )
    .option('--account <id>', 'whose newest (default: the quick start account)', idOption(accountIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (named: GenerationId | undefined, options: ReceiptOptions) => {
      const id = named ?? (await newestGeneration(run, options));
      const path = `/generations/${z.encode(generationIdSchema, id)}`;
      const { data } = await run.billing.ask({ method: 'GET', path }, z.object({ data: receiptSchema }));
      run.output(options).answer(receiptSchema, data, () => receiptLines(data));
    });
}

async function newestGeneration(run: CommandRun, { account }: ReceiptOptions): Promise<GenerationId> {
  const path = `/accounts/${z.encode(accountIdSchema, run.account(account))}/usage`;
  const page = await run.billing.ask({ method: 'GET', path, query: { limit: '1' } }, billingApi.usagePageSchema);
  const newest = page.generations[0];
  if (newest === undefined) throw new CommandError(exitCodes.refused, 'This account has sent no request yet.');
  return newest.id;
}
