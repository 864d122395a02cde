import {
  accountIdSchema,
  billingApi,
  generationIdSchema,
  receiptKeySetSchema,
  receiptSchema,
  signedReceiptSchema,
  usageApi,
  type AccountId,
  type GenerationId,
} from '@apilink/contracts';
import type { Command } from 'commander';
import { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';
import { idOption, type CommandRun } from '../command/command.service.js';
import { listLines } from '../output/table.domain.js';
import { fileText, receiptKeys } from './receipt-key.client.js';
import { verifyReceipt, type ReceiptVerdict } from './receipt-verification.service.js';
import { receiptLines } from './receipt-view.domain.js';

interface ReceiptOptions {
  readonly account?: AccountId;
  readonly signed?: true;
  readonly json?: boolean;
}

/** `apilink receipt [GENERATION]`: what `/v1/generation` has in `data`; `receipt verify` needs no instance. */
export function receiptCommands(program: Command, run: CommandRun): void {
  const receipt = program
    .command('receipt')
    .description('what one request held, cost and released, and why')
    .argument(
      '[generation]',
      'generation id: the x-generation-id of an answer (default: the newest of the account)',
      idOption(generationIdSchema),
    )
    .option('--account <id>', 'whose newest (default: the quick start account)', idOption(accountIdSchema))
    .option('--signed', 'the whole document with its signature, to be kept: > FILE')
    .option('--json', 'answer for scripts')
    .action(async (named: GenerationId | undefined, options: ReceiptOptions) => {
      const id = named ?? (await newestGeneration(run, options));
      const path = `/generations/${z.encode(generationIdSchema, id)}`;
      const signed = await run.billing.ask({ method: 'GET', path }, signedReceiptSchema);
      // As it was signed: no name in it may be changed.
      if (options.signed === true) run.terminal.out.write(`${JSON.stringify(signed, null, 2)}\n`);
      else run.output(options).answer(receiptSchema, signed.data, () => receiptLines(signed.data));
    });
  verifyCommand(receipt, run);
  keyCommands(receipt, run);
}

function verifyCommand(receipt: Command, run: CommandRun): void {
  receipt
    .command('verify')
    .description('check a signed receipt; exit code 0 = it is ours and unchanged, 1 = it is not')
    .argument('<file>', 'what `receipt --signed` wrote, or an answer of GET /v1/generation')
    .option('--keys <where>', 'a file of `receipt keys`, or an address (default: the instance)')
    .option('--json', 'answer for scripts')
    .action(async (file: string, _own: object, command: Command) => {
      // `receipt` itself has --json, and takes it wherever it stands.
      const options = command.optsWithGlobals<{ keys?: string; json?: boolean }>();
      const verdict = await verifyReceipt(await fileText(file), await receiptKeys(run, options.keys));
      if (!verdict.valid) run.exitCode = exitCodes.negative;
      const output = run.output(options);
      if (output.forScripts) output.script(verdict);
      else output.lines(verdictLines(verdict));
    });
}

function keyCommands(receipt: Command, run: CommandRun): void {
  receipt
    .command('keys')
    .description('the public keys of receipts, to be kept for `verify --keys`')
    .option('--url <address>', 'of another instance')
    .option('--json', 'the same: keys are for machines')
    .action(async ({ url }: { url?: string }) => {
      const keys = z.encode(receiptKeySetSchema, await receiptKeys(run, url));
      run.terminal.out.write(`${JSON.stringify(keys, null, 2)}\n`);
    });
  receipt
    .command('rotate-key')
    .description('make a new key that signs receipts; it signs in ten minutes, older ones stay published')
    .option('--json', 'answer for scripts')
    .action(async (_own: object, command: Command) => {
      const options = command.optsWithGlobals<{ json?: boolean }>();
      const path = '/receipt-keys/rotations';
      const list = await run.billing.ask({ method: 'POST', path }, usageApi.receiptKeyListSchema);
      run.output(options).answer(usageApi.receiptKeyListSchema, list, () => keyTable(list));
    });
}

async function newestGeneration(run: CommandRun, { account }: ReceiptOptions): Promise<GenerationId> {
  const path = `/accounts/${z.encode(accountIdSchema, run.account(account))}/usage`;
  const page = await run.billing.ask({ method: 'GET', path, query: { limit: '1' } }, billingApi.usagePageSchema);
  const newest = page.generations[0];
  if (newest === undefined) throw new CommandError(exitCodes.refused, 'This account has sent no request yet.');
  return newest.id;
}

function verdictLines(verdict: ReceiptVerdict): string[] {
  if (!verdict.valid) return [`Not valid (${verdict.problem}): ${verdict.detail}`];
  return [`Valid: signed with ${verdict.kid}.`, '', ...receiptLines(verdict.receipt)];
}

function keyTable({ keys }: z.output<typeof usageApi.receiptKeyListSchema>): string[] {
  return listLines(
    [
      { title: 'KEY', align: 'left' },
      { title: 'SIGNS FROM', align: 'left' },
      { title: 'CAN SIGN', align: 'left' },
    ],
    keys.map(({ kid, signsFrom, canSign }) => [kid, new Date(signsFrom).toISOString(), canSign ? 'yes' : 'no']),
    'No keys.',
  );
}
