import { accountIdSchema, encodeWireId, topics, type AccountId } from '@apilink/contracts';
import { encodeEvent } from '@apilink/events';
import { isTimeZone, type GateAdministration, type GateWriter } from '@apilink/holds';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

import { FREE_CREDIT_NANO_USD, FREE_CREDIT_REQUEST_KEY } from '../credit/credit.domain.js';
import type { CreditService } from '../credit/credit.service.js';
import type { GateLoadService } from '../gate/gate-load.service.js';
import { gateAccountOf } from '../gate/gate-view.factory.js';
import type { CustomerBalance } from '../ledger/ledger.domain.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import type { OutboxWriter } from '../settlement/settlement-writer.service.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { WorkspaceRepository } from '../workspace/workspace.repository.js';
import { newWorkspaceId } from '../workspace/workspace.service.js';
import { changedAccount, type AccountPatch, type AccountRecord } from './account.domain.js';
import type { AccountRepository } from './account.repository.js';

export interface AccountParts {
  readonly database: Database;
  readonly accounts: AccountRepository;
  readonly workspaces: WorkspaceRepository;
  readonly ledger: LedgerRepository;
  readonly credits: CreditService;
  readonly gate: Pick<GateAdministration, 'inspect'>;
  readonly gateWriter: GateWriter;
  readonly loads: GateLoadService;
  readonly staffActions: StaffActionRepository;
  readonly writeOutbox: OutboxWriter;
  readonly now: () => number;
}

export interface NewAccount {
  readonly name: string;
  readonly timeZone: string;
  readonly withFreeCredit: boolean;
}

/** An account with its figures: posted from the ledger, held from the gate. */
export interface AccountFigures {
  readonly account: AccountRecord;
  readonly balance: CustomerBalance;
  readonly heldNanoUsd: bigint;
}

/** Accounts; every change is in force at the gate when it is committed. */
export class AccountService {
  constructor(private readonly parts: AccountParts) {}

  /** Creates an account with its default workspace; resolves when the gate knows it too. */
  async create(request: NewAccount, actor: string): Promise<AccountFigures> {
    checkTimeZone(request.timeZone);
    const accountId = accountIdSchema.out.parse(uuidv7());
    await this.parts.database.transaction((sql) => this.#insert(sql, accountId, request, actor));
    await this.parts.loads.loadNow(accountId);
    return this.show(accountId);
  }

  async update(accountId: AccountId, patch: AccountPatch, actor: string): Promise<AccountFigures> {
    if (patch.timeZone !== undefined) checkTimeZone(patch.timeZone);
    await this.parts.database.transaction(async (sql) => {
      const before = await this.parts.accounts.lock(sql, accountId);
      if (before === null) throw notFound();
      const account = changedAccount(before, patch);
      await this.parts.accounts.update(sql, account);
      await this.#note(sql, account, { actor, action: 'account.update', detail: { ...patch } });
      await this.parts.gateWriter.write(sql, [{ accountId, account: gateAccountOf(account) }]);
    });
    return this.show(accountId);
  }

  async show(accountId: AccountId): Promise<AccountFigures> {
    const account = await this.parts.accounts.find(this.parts.database, accountId);
    if (account === null) throw notFound();
    return this.#figures(account);
  }

  /** One page in id order; `more` tells whether another follows. */
  async list(after: AccountId | null, limit: number): Promise<{ accounts: AccountFigures[]; more: boolean }> {
    const rows = await this.parts.accounts.list(this.parts.database, after, limit + 1);
    const accounts: AccountFigures[] = [];
    for (const account of rows.slice(0, limit)) accounts.push(await this.#figures(account));
    return { accounts, more: rows.length > limit };
  }

  async #insert(sql: Sql, accountId: AccountId, request: NewAccount, actor: string): Promise<void> {
    const { accounts, workspaces, ledger, credits } = this.parts;
    const defaultWorkspaceId = newWorkspaceId();
    const { name, timeZone } = request;
    const account = { accountId, name, timeZone, status: 'active' as const, concurrency: null, version: 1 };
    await accounts.insert(sql, { ...account, defaultWorkspaceId });
    await workspaces.insert(sql, {
      workspaceId: defaultWorkspaceId,
      accountId,
      name: 'default',
      status: 'active',
      monthlyBudgetNanoUsd: null,
      version: 1,
    });
    await ledger.openCustomer(sql, accountId);
    const created = { ...account, defaultWorkspaceId, createdAt: this.parts.now() };
    await this.#note(sql, created, { actor, action: 'account.create', detail: { ...request } });
    if (!request.withFreeCredit) return;
    await credits.grantWithin(sql, {
      accountId,
      amountNanoUsd: FREE_CREDIT_NANO_USD,
      reason: 'free credit of a new account',
      requestKey: FREE_CREDIT_REQUEST_KEY,
      actor,
    });
  }

  async #note(
    sql: Sql,
    account: AccountRecord,
    write: { actor: string; action: string; detail: Readonly<Record<string, unknown>> },
  ): Promise<void> {
    const subject = z.encode(accountIdSchema, account.accountId);
    await this.parts.staffActions.record(sql, { ...write, subject });
    const { accountId, name, status, timeZone } = account;
    const at = this.parts.now();
    const event = encodeEvent(topics.ledger, {
      key: subject,
      id: encodeWireId('evt', uuidv7()),
      type: 'account.changed',
      source: 'billing',
      time: at,
      body: { accountId, name, status, timeZone, changedAt: at },
    });
    await this.parts.writeOutbox(sql, [event]);
  }

  async #figures(account: AccountRecord): Promise<AccountFigures> {
    const balance = await this.parts.ledger.findBalance(this.parts.database, account.accountId);
    if (balance === null) throw new Error(`the account ${account.accountId} has no balance row`);
    const view = await this.parts.gate.inspect(account.accountId);
    return { account, balance, heldNanoUsd: view?.heldNanoUsd ?? 0n };
  }
}

function checkTimeZone(timeZone: string): void {
  if (isTimeZone(timeZone)) return;
  throw new ApiError('invalid_parameter', { param: 'timeZone', detail: 'expected an IANA time zone such as UTC' });
}

function notFound(): ApiError {
  return new ApiError('not_found', { detail: 'this account' });
}
