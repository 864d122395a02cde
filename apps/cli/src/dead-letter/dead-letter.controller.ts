import { billingApi } from '@apilink/contracts';
import type { Command } from 'commander';
import type { z } from 'zod';

import type { CommandRun } from '../command/command.service.js';
import { pageOption } from '../command/option.factory.js';
import { factLines, printable, listLines } from '../output/table.domain.js';

type DeadLetter = z.output<typeof billingApi.deadLetterSchema>;

interface ListOptions {
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** `apilink dlq list|show|replay`: events that could not be handled, with the reason. */
export function deadLetterCommands(program: Command, run: CommandRun): void {
  const deadLetters = program.command('dlq').description('dead letters: events that could not be handled');

  deadLetters
    .command('list')
    .description('dead letters of all topics')
    .option('--limit <n>', 'rows of a page, at most 500 (default: 100)', pageOption)
    .option('--cursor <cursor>', 'go on where a page ended')
    .option('--json', 'answer for scripts')
    .action(async (options: ListOptions) => {
      const query = { limit: options.limit?.toString(), cursor: options.cursor };
      const page = await run.billing.ask(
        { method: 'GET', path: '/dead-letters', query },
        billingApi.deadLetterListSchema,
      );
      run
        .output(options)
        .answer(billingApi.deadLetterListSchema, page, () => [
          ...deadLetterTable(page.deadLetters),
          ...(page.nextCursor === null ? [] : ['', `More: --cursor ${page.nextCursor}`]),
        ]);
    });

  deadLetters
    .command('show')
    .description('one dead letter with its body')
    .argument('<id>', 'topic/partition/offset')
    .option('--json', 'answer for scripts')
    .action(async (id: string, options: { readonly json?: boolean }) => {
      const path = `/dead-letters/${encodeURIComponent(id)}`;
      const letter = await run.billing.ask({ method: 'GET', path }, billingApi.deadLetterSchema);
      run.output(options).answer(billingApi.deadLetterSchema, letter, () => deadLetterLines(letter));
    });

  deadLetters
    .command('replay')
    .description('put dead letters back into their topic, once their cause is mended')
    .argument('<id...>', 'topic/partition/offset, one or more')
    .option('--json', 'answer for scripts')
    .action(async (ids: string[], options: { readonly json?: boolean }) => {
      const output = run.output(options);
      for (const id of ids) {
        await run.billing.tell({ method: 'POST', path: `/dead-letters/${encodeURIComponent(id)}/replays` });
        if (!output.forScripts) output.lines([`${printable(id)} is back in its topic.`]);
      }
      if (output.forScripts) output.script({ replayed: ids });
    });
}

function deadLetterTable(letters: readonly DeadLetter[]): string[] {
  return listLines(
    [
      { title: 'ID', align: 'left' },
      { title: 'EVENT', align: 'left' },
      { title: 'SINCE', align: 'left' },
      { title: 'REPLAYED', align: 'left' },
      { title: 'ERROR', align: 'left' },
    ],
    letters.map((letter) => [letter.id, letter.eventType, instantText(letter.deadAt), replayed(letter), letter.error]),
    'No dead letters.',
  );
}

function deadLetterLines(letter: DeadLetter): string[] {
  return [
    ...factLines([
      { name: 'id', value: letter.id },
      { name: 'topic', value: letter.topic },
      { name: 'key', value: letter.key },
      { name: 'event', value: `${letter.eventType} ${letter.eventId}` },
      { name: 'origin', value: letter.origin },
      { name: 'attempts', value: String(letter.attempts) },
      { name: 'since', value: instantText(letter.deadAt) },
      { name: 'replayed', value: replayed(letter) },
      { name: 'error', value: letter.error },
    ]),
    '',
    printable(letter.body),
  ];
}

function replayed(letter: DeadLetter): string {
  return letter.replayedAt === null ? 'no' : instantText(letter.replayedAt);
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
