import { accountIdSchema, type AccountId } from '@apilink/contracts';
import { HoldStoreUnavailable, isTimeZone, type GateAdministration } from '@apilink/holds';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

import type { RemittanceCode } from '../bank-transfer/remittance-code.domain.js';
import type { RemittanceCodeRepository } from '../bank-transfer/remittance-code.repository.js';
import type { FreeCreditService } from '../free-credit/free-credit.service.js';
import type { GateLoadService } from '../gate/gate-load.service.js';
import { gateAccountOf, gateWorkspaceOf } from '../gate/gate-view.factory.js';
import type { GateTeller } from '../gate/gate-teller.service.js';
import type { HoldRepository } from '../hold/hold.repository.js';
import { accountChangedEvent } from '../ledger/ledger-event.factory.js';
import type { CustomerBalance } from '../ledger/ledger.domain.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { gateBalanceOf } from '../settlement/gate-change.factory.js';
import type { OutboxWriter } from '../settlement/settlement-writer.service.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { WorkspaceRepository } from '../workspace/workspace.repository.js';
import { newWorkspaceId } from '../workspace/workspace.service.js';
import {
  accountIdOfRequest,
  changedAccount,
  type AccountPatch,
  type AccountRecord,
  type NewAccount,
} from './account.domain.js';
import type { AccountRepository } from './account.repository.js';

const CREATE = 'account.create';

export interface AccountParts {
  readonly database: Database;
  readonly accounts: AccountRepository;
  readonly workspaces: WorkspaceRepository;
  readonly ledger: LedgerRepository;
  readonly freeCreditService: Pick<FreeCreditService, 'grantWithin'>;
  readonly remittanceCodes: RemittanceCodeRepository;
  readonly gate: Pick<GateAdministration, 'inspect'>;
  readonly holds: HoldRepository;
  readonly gateTeller: GateTeller;
  readonly loads: GateLoadService;
  readonly staffActions: StaffActionRepository;
  readonly writeOutbox: OutboxWriter;
  readonly now: () => number;
}

/** An account with its figures: posted from the ledger, held from the gate, or from the open holds while it is away. */
export interface AccountFigures {
  readonly account: AccountRecord;
  readonly balance: CustomerBalance;
  readonly heldNanoUsd: bigint;
  /** What a bank transfer to it names; stored without its separators. */
  readonly remittanceCode: RemittanceCode | null;
}

/** Accounts; a change is in force at the gate when it is answered, or as soon as a gate that is away is there again. */
export class AccountService {
  constructor(private readonly parts: AccountParts) {}

  /**
   * Creates an account with its default workspace; resolves when the gate knows it too. The same request key again
   * answers the account that the first one created, as it stands now.
   */
  async create(request: NewAccount, actor: string): Promise<AccountFigures> {
    checkTimeZone(request.timeZone);
    const { requestKey } = request;
    const accountId = requestKey === undefined ? newAccountId() : accountIdOfRequest(requestKey);
    await this.parts.database.transaction((sql) => this.#insert(sql, accountId, request, actor));
    await this.parts.loads.follow(accountId);
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
      await this.parts.gateTeller.write(sql, [{ accountId, account: gateAccountOf(account) }]);
    });
    await this.parts.gateTeller.told(accountId);
    return this.show(accountId);
  }

  /** In the caller's transaction: suspended with a reason, and the gate told. One that is suspended stays as it is. */
  async suspendWithin(
    sql: Sql,
    accountId: AccountId,
    { actor, reason }: { actor: string; reason: string },
  ): Promise<void> {
    const before = await this.parts.accounts.lock(sql, accountId);
    if (before === null) throw notFound();
    if (before.status === 'suspended') return;
    const account = changedAccount(before, { status: 'suspended' });
    await this.parts.accounts.update(sql, account);
    await this.#note(sql, account, { actor, action: 'account.suspend', detail: { reason } });
    await this.parts.gateTeller.write(sql, [{ accountId, account: gateAccountOf(account) }]);
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
    const { accounts, workspaces, ledger, remittanceCodes, gateTeller } = this.parts;
    const defaultWorkspaceId = newWorkspaceId();
    const { name, timeZone } = request;
    const account = { accountId, name, timeZone, status: 'active' as const, concurrency: null, version: 1 };
    const isNew = await accounts.insert(sql, { ...account, defaultWorkspaceId });
    if (!isNew) return this.#checkRepetition(sql, accountId, request);
    const created = { ...account, defaultWorkspaceId, createdAt: this.parts.now() };
    const workspace = {
      workspaceId: defaultWorkspaceId,
      accountId,
      name: 'default',
      status: 'active' as const,
      monthlyBudgetNanoUsd: null,
      version: 1,
      createdAt: created.createdAt,
    };
    await workspaces.insert(sql, workspace);
    const balance = await ledger.openCustomer(sql, accountId);
    await remittanceCodes.give(sql, accountId);
    await this.#note(sql, created, { actor, action: CREATE, detail: notedOf(request) });
    // In the commit that creates it: an account that stands is known to the embedded gate, whatever comes after.
    const told = { account: gateAccountOf(created), balance: gateBalanceOf(balance) };
    await gateTeller.write(sql, [{ accountId, ...told, workspaces: [gateWorkspaceOf(workspace)] }]);
    if (!request.withFreeCredit) return;
    await this.parts.freeCreditService.grantWithin(sql, { accountId, identity: request.identity ?? null, actor });
  }

  /** A used request key with other facts is another account under the same name: refused, never created or forgotten. */
  async #checkRepetition(sql: Sql, accountId: AccountId, request: NewAccount): Promise<void> {
    const subject = z.encode(accountIdSchema, accountId);
    const before = await this.parts.staffActions.findDetail(sql, CREATE, subject);
    const facts = ['name', 'timeZone', 'withFreeCredit'] as const;
    if (before !== null && facts.every((fact) => before[fact] === request[fact])) return;
    throw new ApiError('invalid_parameter', { param: 'requestKey', detail: 'it was used before for another account' });
  }

  async #note(
    sql: Sql,
    account: AccountRecord,
    write: { actor: string; action: string; detail: Readonly<Record<string, unknown>> },
  ): Promise<void> {
    const subject = z.encode(accountIdSchema, account.accountId);
    await this.parts.staffActions.record(sql, { ...write, subject });
    await this.parts.writeOutbox(sql, [accountChangedEvent(await this.parts.accounts.insertChange(sql, account))]);
  }

  async #figures(account: AccountRecord): Promise<AccountFigures> {
    const balance = await this.parts.ledger.findBalance(this.parts.database, account.accountId);
    if (balance === null) throw new Error(`the account ${account.accountId} has no balance row`);
    const remittanceCode = await this.parts.remittanceCodes.find(this.parts.database, account.accountId);
    return { account, balance, heldNanoUsd: await this.#held(account.accountId), remittanceCode };
  }

  async #held(accountId: AccountId): Promise<bigint> {
    const { gate, holds, database } = this.parts;
    try {
      return (await gate.inspect(accountId))?.heldNanoUsd ?? 0n;
    } catch (error) {
      if (!(error instanceof HoldStoreUnavailable)) throw error;
      const open = await holds.listOpenOfAccount(database, accountId);
      return open.reduce((held, { amountNanoUsd }) => held + amountNanoUsd, 0n);
    }
  }
}

/** What the audit log keeps of a request: who had free credit stands as a hash in its own table, and nowhere else. */
function notedOf({ identity: _unsaid, ...noted }: NewAccount): Readonly<Record<string, unknown>> {
  return noted;
}

function newAccountId(): AccountId {
  return accountIdSchema.out.parse(uuidv7());
}

function checkTimeZone(timeZone: string): void {
  if (isTimeZone(timeZone)) return;
  throw new ApiError('invalid_parameter', { param: 'timeZone', detail: 'expected an IANA time zone such as UTC' });
}

function notFound(): ApiError {
  return new ApiError('not_found', { detail: 'this account' });
}
