import { lotsApi } from '@apilink/contracts';
import { parseFxRate } from '@apilink/money';
import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';

import type { CommandRun } from '../command/command.service.js';
import { expiryOption } from '../command/option.factory.js';
import { factLines, listLines } from '../output/table.domain.js';

type Quote = z.output<typeof lotsApi.fxQuoteSchema>;

interface SetOptions {
  readonly rate: string;
  readonly spreadBp: number;
  readonly validFor: number;
  readonly json?: boolean;
}

/** `apilink fx set|list`: what RMB is credited with. */
export function fxCommands(program: Command, run: CommandRun): void {
  const fx = program.command('fx').description('exchange rates that RMB is credited with');

  fx.command('set')
    .description('set the rate of the yuan from now on; orders that were quoted before keep theirs')
    .requiredOption('--rate <cny>', 'yuan for one US dollar on the market, like 7.1234', rateOption)
    .option('--spread-bp <points>', 'added to it, in basis points: 50 is 0.5 %', spreadOption, 0)
    .requiredOption('--valid-for <span>', 'how long it stands, like 24h', (text) =>
      spanOption(text, run.terminal.now()),
    )
    .option('--json', 'answer for scripts')
    .action(async (options: SetOptions) => {
      const body = z.encode(lotsApi.fxSetSchema, {
        currency: 'CNY',
        rate: options.rate,
        spreadBasisPoints: options.spreadBp,
        validForSeconds: options.validFor,
      });
      const quote = await run.billing.ask({ method: 'POST', path: '/fx-quotes', body }, lotsApi.fxQuoteSchema);
      run.output(options).answer(lotsApi.fxQuoteSchema, quote, () => quoteLines(quote));
    });

  fx.command('list')
    .description('rates, newest first; the first one is in force while it is valid')
    .option('--json', 'answer for scripts')
    .action(async (options: { readonly json?: boolean }) => {
      const listed = await run.billing.ask({ method: 'GET', path: '/fx-quotes' }, lotsApi.fxQuoteListSchema);
      run.output(options).answer(lotsApi.fxQuoteListSchema, listed, () =>
        listLines(
          [
            { title: 'QUOTE', align: 'left' },
            { title: 'CNY PER USD', align: 'right' },
            { title: 'MARKET', align: 'right' },
            { title: 'SPREAD BP', align: 'right' },
            { title: 'VALID UNTIL', align: 'left' },
          ],
          listed.quotes.map((quote) => [
            z.encode(lotsApi.fxQuoteSchema, quote).quoteId,
            quote.rate,
            quote.marketRate,
            String(quote.spreadBasisPoints),
            new Date(quote.validUntil).toISOString(),
          ]),
          'No rate was ever set: RMB is not credited. `apilink fx set` sets one.',
        ),
      );
    });
}

function quoteLines(quote: Quote): string[] {
  return factLines([
    { name: 'quote', value: z.encode(lotsApi.fxQuoteSchema, quote).quoteId },
    { name: 'CNY per USD', value: `${quote.rate} (market ${quote.marketRate}, ${quote.spreadBasisPoints} bp)` },
    { name: 'valid until', value: new Date(quote.validUntil).toISOString() },
  ]);
}

function rateOption(text: string): string {
  if (parseFxRate(text) !== null) return text;
  throw new InvalidArgumentError('Expected yuan for one dollar, above zero, with at most eight decimals, like 7.1234.');
}

function spreadOption(text: string): number {
  if (/^(0|[1-9]\d{0,3})$/.test(text) && Number(text) <= 1_000) return Number(text);
  throw new InvalidArgumentError('Expected basis points from 0 to 1000.');
}

/** Seconds. */
function spanOption(text: string, now: number): number {
  const until = /^\d+[mhd]$/.test(text) ? expiryOption(text, now) : 'none';
  if (until === 'none') throw new InvalidArgumentError('Expected a span like 24h, 90m or 7d.');
  return Math.round((until - now) / 1_000);
}
