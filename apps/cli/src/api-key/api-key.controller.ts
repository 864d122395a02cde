import {
  accountIdSchema,
  billingApi,
  keyIdSchema,
  workspaceIdSchema,
  type AccountId,
  type KeyId,
  type WorkspaceId,
} from '@apilink/contracts';
import type { Command } from 'commander';
import { z } from 'zod';

import { idOption, type CommandRun } from '../command/command.service.js';
import { nameOption } from '../command/option.factory.js';
import { addLimitOptions, limitsOf, type LimitOptions } from './api-key-limit.factory.js';
import { apiKeyTable, createdLines } from './api-key-view.domain.js';

interface AccountOptions {
  readonly account?: AccountId;
  readonly json?: boolean;
}
interface CreateOptions extends AccountOptions, LimitOptions {
  readonly name?: string;
  readonly workspace?: WorkspaceId;
  readonly management?: true;
}
interface UpdateOptions extends LimitOptions {
  readonly name?: string;
  readonly enable?: true;
  readonly disable?: true;
  readonly json?: boolean;
}

/** `apilink key create|list|update|revoke` */
export function apiKeyCommands(program: Command, run: CommandRun): void {
  const key = program.command('key').description('API keys');
  const now = run.terminal.now;

  addLimitOptions(key.command('create').description('create a key; the secret is shown this once'), now)
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--name <name>', 'its name (default: default)', nameOption)
    .option('--workspace <id>', 'workspace id (default: the default workspace)', idOption(workspaceIdSchema))
    .option('--management', 'a key that manages keys over /api/v1/keys, and calls no model')
    .option('--json', 'answer for scripts')
    .action(async (options: CreateOptions) => {
      const body = z.encode(billingApi.apiKeyCreateSchema, {
        name: options.name ?? 'default',
        management: options.management === true,
        ...(options.workspace === undefined ? {} : { workspaceId: options.workspace }),
        ...limitsOf(options),
      });
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/keys`;
      const created = await run.billing.ask({ method: 'POST', path, body }, billingApi.apiKeyCreatedSchema);
      run.output(options).answer(billingApi.apiKeyCreatedSchema, created, () => createdLines(created));
    });

  key
    .command('list')
    .description('keys of an account')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (options: AccountOptions) => {
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/keys`;
      const list = await run.billing.ask({ method: 'GET', path }, billingApi.apiKeyListSchema);
      run.output(options).answer(billingApi.apiKeyListSchema, list, () => apiKeyTable(list.keys));
    });

  addLimitOptions(key.command('update').description('change a key; in force on every edge within two seconds'), now)
    .argument('<key>', 'key id', idOption(keyIdSchema))
    .option('--name <name>', 'another name', nameOption)
    .option('--disable', 'refuse it until it is enabled again')
    .option('--enable', 'serve it again')
    .option('--json', 'answer for scripts')
    .action(async (id: KeyId, options: UpdateOptions) => {
      const body = z.encode(billingApi.apiKeyUpdateSchema, {
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.disable ? { disabled: true } : {}),
        ...(options.enable ? { disabled: false } : {}),
        ...limitsOf(options),
      });
      const path = `/keys/${z.encode(keyIdSchema, id)}`;
      const updated = await run.billing.ask({ method: 'PATCH', path, body }, billingApi.apiKeySchema);
      run.output(options).answer(billingApi.apiKeySchema, updated, () => apiKeyTable([updated]));
    });

  key
    .command('revoke')
    .description('end a key for ever; in force on every edge within two seconds')
    .argument('<key>', 'key id', idOption(keyIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (id: KeyId, options: { readonly json?: boolean }) => {
      const keyId = z.encode(keyIdSchema, id);
      await run.billing.tell({ method: 'DELETE', path: `/keys/${keyId}` });
      const output = run.output(options);
      if (output.forScripts) output.script({ keyId, status: 'revoked' });
      else output.lines([`${keyId} is revoked.`]);
    });
}
