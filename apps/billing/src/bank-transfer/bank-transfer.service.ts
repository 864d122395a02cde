import { suspenseIdSchema, type AccountId } from '@apilink/contracts';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { z } from 'zod';

import type { Money } from '../payment/payment-channel.domain.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { SuspenseEntry } from '../suspense/suspense.domain.js';
import type { SuspenseRepository } from '../suspense/suspense.repository.js';
import type { SuspenseService } from '../suspense/suspense.service.js';
import { BANK_TRANSFER_CHANNEL } from './bank-transfer-channel.client.js';
import { remittanceCodeOf, remittanceCodesIn } from './remittance-code.domain.js';
import type { RemittanceCodeRepository } from './remittance-code.repository.js';

/** One line of a bank statement. */
export interface BankTransfer extends Money {
  readonly reference: string;
  readonly payer: string;
  readonly remark: string | null;
  readonly remittanceCode: string | null;
  readonly bookedOn: string | null;
}

export interface BankTransferParts {
  readonly database: Database;
  readonly suspense: SuspenseRepository;
  readonly suspenseService: Pick<SuspenseService, 'receiveWithin' | 'show'>;
  readonly remittanceCodes: RemittanceCodeRepository;
  readonly staffActions: StaffActionRepository;
}

/** Records what our bank account received. It lands in suspense; whose it is, two people decide. */
export class BankTransferService {
  constructor(private readonly parts: BankTransferParts) {}

  /**
   * The same line again answers the entry that it made, as it stands now; the same reference with another amount is
   * refused. Where the remark or the code names exactly one account, that account is proposed.
   */
  async receive(transfer: BankTransfer, actor: string): Promise<SuspenseEntry> {
    const { database, suspense, suspenseService, staffActions } = this.parts;
    const suspenseId = await database.transaction(async (sql) => {
      await sql.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `billing.bank_transfers/${transfer.reference}`,
      ]);
      const before = await suspense.findByReference(sql, BANK_TRANSFER_CHANNEL, transfer.reference);
      if (before !== null) return repeated(before, transfer);
      const received = await suspenseService.receiveWithin(sql, {
        channel: BANK_TRANSFER_CHANNEL,
        reference: transfer.reference,
        currency: transfer.currency,
        minorUnits: transfer.minorUnits,
        reason: 'no_checkout',
        payer: transfer.payer,
        remark: remarkOf(transfer),
        bookedOn: transfer.bookedOn,
        orderId: null,
        proposedAccountId: await this.#proposed(sql, transfer),
        recordedBy: actor,
      });
      const { currency, minorUnits, reference, payer } = transfer;
      await staffActions.record(sql, {
        actor,
        action: 'bank_transfer.receive',
        subject: z.encode(suspenseIdSchema, received),
        detail: { currency, minorUnits, reference, payer },
      });
      return received;
    });
    return suspenseService.show(suspenseId);
  }

  /** Null where no code is found, or codes of several accounts: then a person has to look. */
  async #proposed(sql: Sql, { remark, remittanceCode }: BankTransfer): Promise<AccountId | null> {
    const named = remittanceCode === null ? null : remittanceCodeOf(remittanceCode);
    const codes = named === null ? remittanceCodesIn(remark ?? '') : [named];
    const [accountId, ...others] = await this.parts.remittanceCodes.findAccounts(sql, codes);
    return others.length === 0 ? (accountId ?? null) : null;
  }
}

/** The code as it came stands in the remark too: people read it there. */
function remarkOf({ remark, remittanceCode }: BankTransfer): string | null {
  const parts = [remark, remittanceCode].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(' / ');
}

function repeated(before: SuspenseEntry, transfer: BankTransfer): SuspenseEntry['suspenseId'] {
  const isSame =
    before.currency === transfer.currency &&
    before.minorUnits === transfer.minorUnits &&
    before.payer === transfer.payer;
  if (isSame) return before.suspenseId;
  throw new ApiError('invalid_parameter', {
    param: 'reference',
    detail: 'it was recorded before as another transfer',
  });
}
