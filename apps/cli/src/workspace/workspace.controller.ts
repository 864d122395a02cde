import { accountIdSchema, billingApi, workspaceIdSchema, type AccountId, type WorkspaceId } from '@apilink/contracts';
import type { NanoUsd } from '@apilink/money';
import type { Command } from 'commander';
import { z } from 'zod';

import { budgetOption, orNull, nameOption, type Taken } from '../command/option.factory.js';
import { idOption, type CommandRun } from '../command/command.service.js';
import { usdOrNone } from '../output/amount.domain.js';
import { listLines } from '../output/table.domain.js';

type Workspace = z.output<typeof billingApi.workspaceSchema>;

interface AccountOptions {
  readonly account?: AccountId;
  readonly json?: boolean;
}
interface CreateOptions extends AccountOptions {
  readonly name: string;
  readonly monthlyBudgetUsd?: NanoUsd | Taken;
}
interface UpdateOptions extends AccountOptions {
  readonly name?: string;
  readonly monthlyBudgetUsd?: NanoUsd | Taken;
  readonly enable?: true;
  readonly disable?: true;
}

const budgetFlag = '--monthly-budget-usd <usd>';

/** `apilink workspace create|list|update` */
export function workspaceCommands(program: Command, run: CommandRun): void {
  const workspace = program.command('workspace').description('workspaces: parts of an account with a budget');

  workspace
    .command('create')
    .description('create a workspace')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .requiredOption('--name <name>', 'its name', nameOption)
    .option(budgetFlag, 'what all its keys may spend a month, or none', budgetOption)
    .option('--json', 'answer for scripts')
    .action(async (options: CreateOptions) => {
      const body = z.encode(billingApi.workspaceCreateSchema, {
        name: options.name,
        monthlyBudgetNanoUsd: orNull(options.monthlyBudgetUsd ?? 'none'),
      });
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/workspaces`;
      const created = await run.billing.ask({ method: 'POST', path, body }, billingApi.workspaceSchema);
      run.output(options).answer(billingApi.workspaceSchema, created, () => workspaceTable([created]));
    });

  workspace
    .command('list')
    .description('workspaces of an account')
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--json', 'answer for scripts')
    .action(async (options: AccountOptions) => {
      const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}/workspaces`;
      const list = await run.billing.ask({ method: 'GET', path }, billingApi.workspaceListSchema);
      run.output(options).answer(billingApi.workspaceListSchema, list, () => workspaceTable(list.workspaces));
    });

  workspace
    .command('update')
    .description('change a workspace; without an id, the default workspace of the account')
    .argument('[workspace]', 'workspace id', idOption(workspaceIdSchema))
    .option('--account <id>', 'account id (default: the quick start account)', idOption(accountIdSchema))
    .option('--name <name>', 'another name', nameOption)
    .option(budgetFlag, 'another budget, or none', budgetOption)
    .option('--disable', 'refuse requests of all its keys')
    .option('--enable', 'serve them again')
    .option('--json', 'answer for scripts')
    .action(async (named: WorkspaceId | undefined, options: UpdateOptions) => {
      const id = named ?? (await defaultWorkspace(run, options));
      const body = z.encode(billingApi.workspaceUpdateSchema, {
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.monthlyBudgetUsd === undefined ? {} : { monthlyBudgetNanoUsd: orNull(options.monthlyBudgetUsd) }),
        ...(options.disable ? { status: 'disabled' as const } : {}),
        ...(options.enable ? { status: 'active' as const } : {}),
      });
      const path = `/workspaces/${z.encode(workspaceIdSchema, id)}`;
      const updated = await run.billing.ask({ method: 'PATCH', path, body }, billingApi.workspaceSchema);
      run.output(options).answer(billingApi.workspaceSchema, updated, () => workspaceTable([updated]));
    });
}

async function defaultWorkspace(run: CommandRun, options: AccountOptions): Promise<WorkspaceId> {
  const path = `/accounts/${z.encode(accountIdSchema, run.account(options.account))}`;
  return (await run.billing.ask({ method: 'GET', path }, billingApi.accountSchema)).defaultWorkspaceId;
}

function workspaceTable(workspaces: readonly Workspace[]): string[] {
  return listLines(
    [
      { title: 'WORKSPACE', align: 'left' },
      { title: 'NAME', align: 'left' },
      { title: 'STATUS', align: 'left' },
      { title: 'MONTHLY BUDGET', align: 'right' },
    ],
    workspaces.map((workspace) => [
      z.encode(workspaceIdSchema, workspace.workspaceId),
      workspace.name,
      workspace.status,
      usdOrNone(workspace.monthlyBudgetNanoUsd),
    ]),
    'No workspaces.',
  );
}
