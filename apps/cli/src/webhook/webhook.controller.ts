import {
  accountIdSchema,
  deliveryIdSchema,
  webhookEventTypeSchema,
  webhookIdSchema,
  webhooksApi,
  type AccountId,
  type DeliveryId,
  type WebhookEventType,
  type WebhookId,
} from '@apilink/contracts';
import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';

import { exitCodes } from '../command/command.errors.js';
import { idOption, type CommandRun } from '../command/command.service.js';
import { pageOption } from '../command/option.factory.js';
import { deliveryTable, webhookTable } from './webhook-view.domain.js';

interface AccountOptions {
  readonly account?: AccountId;
  readonly json?: boolean;
}
interface CreateOptions extends AccountOptions {
  readonly url: string;
  readonly events?: WebhookEventType[];
}

/** `apilink webhook create|list|delete|enable|test|deliveries|replay` */
export function webhookCommands(program: Command, run: CommandRun): void {
  const webhook = program.command('webhook').description('addresses that are told of alerts about spend');
  createCommand(webhook, run);
  listCommand(webhook, run);
  changeCommands(webhook, run);
  deliveryCommands(webhook, run);
}

function createCommand(webhook: Command, run: CommandRun): void {
  webhook
    .command('create')
    .description('have an address told; its secret is shown once')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .requiredOption('--url <url>', 'https address that answers 2xx')
    .option(
      '--events <types>',
      `separated by commas (default: all): ${webhookEventTypeSchema.options.join(', ')}`,
      eventsOption,
    )
    .option('--json', 'answer for scripts')
    .action(async (options: CreateOptions) => {
      const body = { url: options.url, events: options.events ?? null };
      const path = `${accountPath(run, options)}/webhooks`;
      const created = await run.billing.ask({ method: 'POST', path, body }, webhooksApi.webhookCreatedSchema);
      run
        .output(options)
        .answer(webhooksApi.webhookCreatedSchema, created, () => [
          ...webhookTable([created]),
          '',
          `secret  ${created.secret}`,
          'Keep it: it is not shown again. Check webhook-signature with it (Standard Webhooks).',
        ]);
    });
}

function listCommand(webhook: Command, run: CommandRun): void {
  webhook
    .command('list')
    .description('webhooks of an account, and why one is not asked any more')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (options: AccountOptions) => {
      const path = `${accountPath(run, options)}/webhooks`;
      const list = await run.billing.ask({ method: 'GET', path }, webhooksApi.webhookListSchema);
      run.output(options).answer(webhooksApi.webhookListSchema, list, () => webhookTable(list.webhooks));
    });
}

function changeCommands(webhook: Command, run: CommandRun): void {
  webhook
    .command('delete')
    .description('tell an address nothing any more')
    .argument('<webhook>', 'webhook id', idOption(webhookIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (id: WebhookId, options: AccountOptions) => {
      await run.billing.tell({ method: 'DELETE', path: webhookPath(id) });
      const output = run.output(options);
      if (output.forScripts) output.script({ deleted: z.encode(webhookIdSchema, id) });
      else output.lines(['Deleted.']);
    });
  webhook
    .command('enable')
    .description('ask an address again that we stopped asking')
    .argument('<webhook>', 'webhook id', idOption(webhookIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (id: WebhookId, options: AccountOptions) => {
      const path = `${webhookPath(id)}/activations`;
      const enabled = await run.billing.ask({ method: 'POST', path }, webhooksApi.webhookSchema);
      run.output(options).answer(webhooksApi.webhookSchema, enabled, () => webhookTable([enabled]));
    });
}

function deliveryCommands(webhook: Command, run: CommandRun): void {
  webhook
    .command('test')
    .description('send an event of no meaning now; exit code 1 when it is not taken')
    .argument('<webhook>', 'webhook id', idOption(webhookIdSchema))
    .option('--json', 'answer for scripts')
    .action((id: WebhookId, options: AccountOptions) => deliver(run, `${webhookPath(id)}/tests`, options));
  webhook
    .command('replay')
    .description('send an event again, under the same id; exit code 1 when it is not taken')
    .argument('<delivery>', 'delivery id', idOption(deliveryIdSchema))
    .option('--json', 'answer for scripts')
    .action((id: DeliveryId, options: AccountOptions) =>
      deliver(run, `/webhook-deliveries/${z.encode(deliveryIdSchema, id)}/replays`, options),
    );
  webhook
    .command('deliveries')
    .description('what was sent, each attempt and its answer, newest first')
    .argument('<webhook>', 'webhook id', idOption(webhookIdSchema))
    .option('--limit <n>', 'at most this many', pageOption)
    .option('--cursor <cursor>', 'go on where an answer ended (its nextCursor)')
    .option('--json', 'answer for scripts')
    .action(async (id: WebhookId, options: { limit?: number; cursor?: string; json?: boolean }) => {
      const query = { limit: options.limit?.toString(), cursor: options.cursor };
      const path = `${webhookPath(id)}/deliveries`;
      const page = await run.billing.ask({ method: 'GET', path, query }, webhooksApi.deliveryListSchema);
      run
        .output(options)
        .answer(webhooksApi.deliveryListSchema, page, () => [
          ...deliveryTable(page.deliveries),
          ...(page.nextCursor === null ? [] : ['', `More: --cursor ${z.encode(deliveryIdSchema, page.nextCursor)}`]),
        ]);
    });
}

async function deliver(run: CommandRun, path: string, options: { readonly json?: boolean }): Promise<void> {
  const delivery = await run.billing.ask({ method: 'POST', path }, webhooksApi.deliverySchema);
  if (delivery.state !== 'delivered') run.exitCode = exitCodes.negative;
  run.output(options).answer(webhooksApi.deliverySchema, delivery, () => deliveryTable([delivery]));
}

function accountPath(run: CommandRun, { account }: AccountOptions): string {
  return `/accounts/${z.encode(accountIdSchema, run.account(account))}`;
}

function webhookPath(id: WebhookId): string {
  return `/webhooks/${z.encode(webhookIdSchema, id)}`;
}

function eventsOption(text: string): WebhookEventType[] {
  const read = z.array(webhookEventTypeSchema).safeParse(text.split(',').map((type) => type.trim()));
  if (read.success) return read.data;
  throw new InvalidArgumentError(`Expected some of ${webhookEventTypeSchema.options.join(', ')}.`);
}
