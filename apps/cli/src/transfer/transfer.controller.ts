import { readFileSync } from 'node:fs';

import { accountIdSchema, paymentsApi, suspenseIdSchema, type AccountId, type SuspenseId } from '@apilink/contracts';
import { Option, type Command } from 'commander';
import { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';
import { idOption, type CommandRun } from '../command/command.service.js';
import { pageOption } from '../command/option.factory.js';
import { printable } from '../output/table.domain.js';
import { currencyOption, minorUnitsOption } from '../topup/money-option.factory.js';
import type { Currency } from '../topup/money.domain.js';
import { readStatement, type BankTransfer } from './statement.domain.js';
import { approvedLines, entryLines, entryTable, type Suspense } from './transfer-view.domain.js';

interface ReceiveOptions {
  readonly currency: Currency;
  readonly amount: bigint;
  readonly reference: string;
  readonly payer: string;
  readonly remark?: string;
  readonly remittanceCode?: string;
  readonly bookedOn?: string;
  readonly json?: boolean;
}
interface ListOptions {
  readonly state?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}
interface Json {
  readonly json?: boolean;
}

/** `apilink transfer …`: money that came without a checkout, and payments that fit no order. */
export function transferCommands(program: Command, run: CommandRun): void {
  const transfer = program
    .command('transfer')
    .description('bank transfers and other money in suspense: one operator asks, another one approves');
  addReceiving(transfer, run);
  addReading(transfer, run);
  addDeciding(transfer, run);
}

function addReceiving(transfer: Command, run: CommandRun): void {
  transfer
    .command('receive')
    .description('record what the bank statement shows; the same reference again records nothing new')
    .requiredOption('--currency <currency>', 'USD or CNY', currencyOption)
    .requiredOption('--amount <amount>', 'dollars or yuan, at most two decimals', minorUnitsOption)
    .requiredOption('--reference <text>', "the bank's number of the transfer")
    .requiredOption('--payer <name>', 'who sent it')
    .option('--remark <text>', 'what the payer wrote; a remittance code is found in it')
    .option('--remittance-code <code>', 'the code that names the account, like AL-7K3M-9QXR')
    .option('--booked-on <day>', "the bank's booking day, like 2026-11-22")
    .option('--json', 'answer for scripts')
    .action(async (options: ReceiveOptions) => {
      const entry = await received(run, {
        currency: options.currency,
        minorUnits: options.amount,
        reference: options.reference,
        payer: options.payer,
        remark: options.remark ?? null,
        remittanceCode: options.remittanceCode ?? null,
        bookedOn: options.bookedOn ?? null,
      });
      run.output(options).answer(paymentsApi.suspenseSchema, entry, () => entryLines(entry));
    });

  transfer
    .command('import')
    .description(
      'record the lines of a CSV file: currency, amount, reference, payer, remark, remittance_code, booked_on',
    )
    .argument('<file>', 'its path')
    .option('--json', 'answer for scripts')
    .action(async (file: string, options: Json) => {
      const output = run.output(options);
      const lines = readStatement(readText(file));
      const entries: Suspense[] = [];
      for (const line of lines) {
        entries.push(await received(run, line));
        output.progress(`${entries.length} of ${lines.length} recorded`);
      }
      output.progressEnds();
      const page = { entries, nextCursor: null };
      output.answer(paymentsApi.suspensePageSchema, page, () => entryTable(entries));
    });
}

function addReading(transfer: Command, run: CommandRun): void {
  transfer
    .command('list')
    .description('money in suspense, newest first (default: what has not left yet)')
    .addOption(
      new Option('--state <state>', 'in one state alone')
        .choices(['open', 'all', ...paymentsApi.suspenseStateSchema.options])
        .default('open'),
    )
    .option('--limit <n>', 'rows of a page, at most 500 (default: 100)', pageOption)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--json', 'answer for scripts')
    .action(async (options: ListOptions) => {
      const query = {
        state: options.state === 'all' ? undefined : options.state,
        limit: options.limit?.toString(),
        cursor: options.cursor,
      };
      const request = { method: 'GET' as const, path: '/suspense-entries', query };
      const page = await run.billing.ask(request, paymentsApi.suspensePageSchema);
      run
        .output(options)
        .answer(paymentsApi.suspensePageSchema, page, () => [
          ...entryTable(page.entries),
          ...(page.nextCursor === null ? [] : ['', `More: --cursor ${page.nextCursor}`]),
        ]);
    });

  transfer
    .command('show')
    .description('one entry')
    .argument('<entry>', 'its id', idOption(suspenseIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (suspenseId: SuspenseId, options: Json) => {
      const shown = await run.billing.ask({ method: 'GET', path: pathOf(suspenseId) }, paymentsApi.suspenseSchema);
      run.output(options).answer(paymentsApi.suspenseSchema, shown, () => entryLines(shown));
    });
}

function addDeciding(transfer: Command, run: CommandRun): void {
  const step = async (suspenseId: SuspenseId, name: string, body: unknown, options: Json): Promise<void> => {
    const request = { method: 'POST' as const, path: `${pathOf(suspenseId)}/${name}`, body };
    const entry = await run.billing.ask(request, paymentsApi.suspenseSchema);
    run.output(options).answer(paymentsApi.suspenseSchema, entry, () => entryLines(entry));
  };

  transfer
    .command('match')
    .description('say whose it is; another operator approves it')
    .argument('<entry>', 'its id', idOption(suspenseIdSchema))
    .requiredOption('--account <id>', 'account id', idOption(accountIdSchema))
    .option('--json', 'answer for scripts')
    .action((suspenseId: SuspenseId, options: Json & { readonly account: AccountId }) =>
      step(suspenseId, 'match', z.encode(paymentsApi.suspenseMatchSchema, { accountId: options.account }), options),
    );

  transfer
    .command('return')
    .description('say that it goes back to its sender; another operator approves it')
    .argument('<entry>', 'its id', idOption(suspenseIdSchema))
    .requiredOption('--reference <text>', 'the number of the transfer, or of the refund, that sends it back')
    .requiredOption('--reason <text>', 'why, for the books')
    .option('--json', 'answer for scripts')
    .action((suspenseId: SuspenseId, options: Json & { readonly reference: string; readonly reason: string }) =>
      step(suspenseId, 'return', { reference: options.reference, reason: options.reason }, options),
    );

  transfer
    .command('reject')
    .description('take back what was asked: it waits again')
    .argument('<entry>', 'its id', idOption(suspenseIdSchema))
    .requiredOption('--reason <text>', 'why, for the books')
    .option('--json', 'answer for scripts')
    .action((suspenseId: SuspenseId, options: Json & { readonly reason: string }) =>
      step(suspenseId, 'rejection', { reason: options.reason }, options),
    );

  transfer
    .command('approve')
    .description('approve what another operator asked; returns when a credit can be spent')
    .argument('<entry>', 'its id', idOption(suspenseIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (suspenseId: SuspenseId, options: Json) => {
      const request = { method: 'POST' as const, path: `${pathOf(suspenseId)}/approval`, body: {} };
      const approved = await run.billing.ask(request, paymentsApi.suspenseApprovedSchema);
      run.output(options).answer(paymentsApi.suspenseApprovedSchema, approved, () => approvedLines(approved));
    });
}

function received(run: CommandRun, line: BankTransfer): Promise<Suspense> {
  const body = z.encode(paymentsApi.bankTransferSchema, line);
  return run.billing.ask({ method: 'POST', path: '/bank-transfers', body }, paymentsApi.suspenseSchema);
}

function pathOf(suspenseId: SuspenseId): string {
  return `/suspense-entries/${z.encode(suspenseIdSchema, suspenseId)}`;
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const sentence =
      error instanceof TypeError
        ? `${printable(file)} is not UTF-8; save the statement as UTF-8.`
        : `${printable(file)} cannot be read.`;
    throw new CommandError(exitCodes.refused, sentence, { cause: error });
  }
}
