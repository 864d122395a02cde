import { generationIdSchema, receiptSchema, type GenerationId } from '@apilink/contracts';
import type { Command } from 'commander';
import { z } from 'zod';

import { idOption, type CommandRun } from '../command/command.service.js';
import { receiptLines } from './receipt-view.domain.js';

/** `apilink receipt GENERATION`: what `/v1/generation` has in `data`. */
export function receiptCommands(program: Command, run: CommandRun): void {
  program
    .command('receipt')
    .description('what one request held, cost and released, and why')
    .argument('<generation>', 'generation id (the x-generation-id of an answer)', idOption(generationIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (id: GenerationId, options: { readonly json?: boolean }) => {
      const path = `/generations/${z.encode(generationIdSchema, id)}`;
      const { data } = await run.billing.ask({ method: 'GET', path }, z.object({ data: receiptSchema }));
      run.output(options).answer(receiptSchema, data, () => receiptLines(data));
    });
}
