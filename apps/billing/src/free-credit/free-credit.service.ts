import type { AccountId, VerifiedIdentity } from '@apilink/contracts';
import { formatUsd } from '@apilink/money';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';

import { FREE_CREDIT_NANO_USD, FREE_CREDIT_REQUEST_KEY } from '../credit/credit.domain.js';
import type { CreditService, GrantedCredit } from '../credit/credit.service.js';
import type { GateLoadService } from '../gate/gate-load.service.js';
import type { FreeCreditRepository } from './free-credit.repository.js';
import { identityHash, normalisedIdentity, type CreditedIdentity } from './identity.domain.js';

export interface FreeCreditParts {
  readonly database: Database;
  readonly credits: Pick<CreditService, 'grantWithin'>;
  readonly freeCredits: FreeCreditRepository;
  readonly loads: Pick<GateLoadService, 'follow'>;
  /** Hashes identities; another key would not know those of before again. */
  readonly identityKey: string;
  /** What is given away on one day (UTC) over all accounts. */
  readonly freeCreditDailyNanoUsd: bigint;
}

export interface FreeCreditRequest {
  readonly accountId: AccountId;
  /** Null = the account itself: an operator makes it for somebody whose address is not known. */
  readonly identity: VerifiedIdentity | null;
  readonly actor: string;
}

/** One dollar on the house: once per verified identity, within a daily budget, without a limit on what it is spent for. */
export class FreeCreditService {
  constructor(private readonly parts: FreeCreditParts) {}

  /** Asked again for the same account and identity, it answers what the first one did. */
  async grant(request: FreeCreditRequest): Promise<GrantedCredit> {
    const granted = await this.parts.database.transaction((sql) => this.grantWithin(sql, request));
    await this.parts.loads.follow(request.accountId);
    return granted;
  }

  /** @throws ApiError `free_credit_refused` with why, `invalid_parameter` when the identity cannot be one */
  async grantWithin(sql: Sql, { accountId, identity, actor }: FreeCreditRequest): Promise<GrantedCredit> {
    const { freeCredits } = this.parts;
    const amountNanoUsd = FREE_CREDIT_NANO_USD;
    const credited = identity ?? ({ kind: 'account', value: accountId } as const);
    const hash = this.#hashOf(credited);
    const isFirst = await freeCredits.insert(sql, {
      identityHash: hash,
      accountId,
      kind: credited.kind,
      amountNanoUsd,
      actor,
    });
    if (isFirst) await this.#takeFromBudget(sql, amountNanoUsd);
    else if ((await freeCredits.findAccount(sql, hash)) !== accountId) {
      throw new ApiError('free_credit_refused', { detail: `${subjects[credited.kind]} has had it before` });
    }
    const reason = 'free credit of a new account';
    return this.parts.credits.grantWithin(sql, {
      accountId,
      amountNanoUsd,
      reason,
      requestKey: FREE_CREDIT_REQUEST_KEY,
      actor,
    });
  }

  async #takeFromBudget(sql: Sql, amountNanoUsd: bigint): Promise<void> {
    const { freeCredits, freeCreditDailyNanoUsd } = this.parts;
    if (await freeCredits.takeFromBudget(sql, amountNanoUsd, freeCreditDailyNanoUsd)) return;
    const budget = `$${formatUsd(freeCreditDailyNanoUsd).slice(0, -7)}`;
    throw new ApiError('free_credit_refused', {
      detail: `the budget of ${budget} a day is spent; it begins anew at midnight UTC`,
    });
  }

  #hashOf(identity: CreditedIdentity): string {
    const normalised = normalisedIdentity(identity);
    if (normalised !== null) return identityHash(identity.kind, normalised, this.parts.identityKey);
    throw new ApiError('invalid_parameter', {
      param: 'identity',
      detail:
        identity.kind === 'email'
          ? 'expected an e-mail address'
          : 'expected a phone number with its country, like +8613800138000',
    });
  }
}

const subjects = { email: 'this e-mail address', phone: 'this phone number', account: 'this account' } as const;
