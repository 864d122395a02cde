import { accountIdSchema, invoicingApi, lotIdSchema, type AccountId } from '@apilink/contracts';
import type { Command } from 'commander';
import { z } from 'zod';

import { idOption, type CommandRun } from '../command/command.service.js';
import { usdText } from '../output/amount.domain.js';
import { factLines, tableLines } from '../output/table.domain.js';
import { yuanText } from './fen.domain.js';

type Invoiceable = invoicingApi.Invoiceable;

interface InvoiceableOptions {
  readonly account?: AccountId;
  readonly json?: boolean;
}

/** `apilink invoiceable`: what an account may have invoiced in RMB, with the formula it is the result of. */
export function invoiceableCommands(program: Command, run: CommandRun): void {
  program
    .command('invoiceable')
    .description('what an account may have invoiced in RMB (可开票金额), with its formula')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (options: InvoiceableOptions) => {
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/invoiceable`;
      const shown = await run.billing.ask(
        { service: 'invoicing', method: 'GET', path },
        invoicingApi.invoiceableSchema,
      );
      run.output(options).answer(invoicingApi.invoiceableSchema, shown, () => lines(shown));
    });
}

function lines(shown: Invoiceable): string[] {
  return [...formulaLines(shown), ...lotLines(shown), ...freshnessLines(shown)];
}

/** The terms as they are added up; what is zero but may be subject to change is shown too. */
function formulaLines({ accountId, issuer, terms, invoiceableFen, receipts }: Invoiceable): string[] {
  return factLines([
    { name: 'account', value: z.encode(accountIdSchema, accountId) },
    { name: 'issuer', value: issuer ?? 'none: ISSUER_ENTITY of invoicing is not set' },
    { name: 'paid', value: yuanText(receipts.paidFen), money: true },
    { name: 'given back', value: yuanText(receipts.refundedFen), money: true },
    { name: '  consumed', value: yuanText(terms.consumedFen), money: true },
    { name: '+ given back after that', value: yuanText(terms.refundFen), money: true },
    { name: '+ corrections', value: yuanText(terms.correctionFen), money: true },
    { name: '+ applied for', value: yuanText(terms.holdFen + terms.releaseFen), money: true },
    { name: '+ invoiced', value: yuanText(terms.invoicedFen), money: true },
    { name: '+ red-letter', value: yuanText(terms.redFen), money: true },
    { name: '= invoiceable', value: yuanText(invoiceableFen), money: true },
  ]);
}

function lotLines({ lots, hasMoreLots }: Invoiceable): string[] {
  if (lots.length === 0) return ['', 'No top-ups.'];
  const table = tableLines(
    [
      { title: 'LOT', align: 'left' },
      { title: 'PAID AT', align: 'left' },
      { title: 'RECEIVED BY', align: 'left' },
      { title: 'PAID', align: 'right' },
      { title: 'CREDIT', align: 'right' },
      { title: 'DRAWN', align: 'right' },
      { title: 'CONSUMED', align: 'right' },
    ],
    lots.map((lot) => [
      z.encode(lotIdSchema, lot.lotId),
      new Date(lot.paidAt).toISOString(),
      lot.receivingEntity,
      lot.currency === 'CNY' ? yuanText(lot.paidMinorUnits) : yuanText(lot.paidMinorUnits).replace('¥', '$'),
      usdText(lot.creditNanoUsd),
      lot.drawnNanoUsd === null ? '-' : usdText(lot.drawnNanoUsd),
      lot.isInvoiceable ? yuanText(lot.consumedFen) : 'not invoiceable',
    ]),
  );
  return ['', ...table, ...(hasMoreLots ? ['Older lots are in the sums alone.'] : [])];
}

function freshnessLines({ data: { to, eventsBehind } }: Invoiceable): string[] {
  const last = to === null ? [] : [`Counted up to ${new Date(to).toISOString()}.`];
  if (eventsBehind === 0) return ['', ...last, 'Nothing of the ledger is still to come.'];
  if (eventsBehind === null) return ['', ...last, 'The event log does not say what is still to come.'];
  return ['', ...last, `Still to come, of this and neighbouring accounts: ${eventsBehind} events.`];
}
