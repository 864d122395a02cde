import type { Specimen, SpecimenRow } from './audit.domain.js';
import { lotTables, specimenLots } from './lot-specimen.factory.js';
import { specimenAccountId } from './specimen.factory.js';

const AT = '2026-11-22T08:00:00.000Z';
const ORDERS = { paid: '00000007-0000-7000-8000-000000000000', failed: '00000008-0000-7000-8000-000000000000' };
const SUSPENSE = { credited: '00000009-0000-7000-8000-000000000000', returned: '0000000a-0000-7000-8000-000000000000' };

/** An order that was paid and one that was not, a transfer that was credited and one that went back, and free credit. */
export function paymentTables(): Specimen {
  const usd = lotRow(specimenLots.usd);
  const rmb = lotRow(specimenLots.rmb);
  const order = {
    account_id: specimenAccountId,
    channel: 'specimen',
    currency: 'USD',
    minor_units: usd['paid_minor_units'],
    credit_nano_usd: usd['credit_nano_usd'],
    created_at: AT,
  };
  const entry = { channel: 'bank_transfer', asked_by: 'zhang', approved_by: 'li', received_at: AT };
  return {
    payment_orders: [
      { ...order, order_id: ORDERS.paid, state: 'paid' },
      { ...order, order_id: ORDERS.failed, state: 'failed' },
    ],
    payments: [
      {
        channel: 'specimen',
        payment_reference: 'usd',
        order_id: ORDERS.paid,
        currency: 'USD',
        minor_units: usd['paid_minor_units'],
        disposition: 'credited',
        lot_id: specimenLots.usd,
        paid_at: AT,
      },
    ],
    suspense_entries: [
      {
        ...entry,
        suspense_id: SUSPENSE.credited,
        reference: 'rmb',
        state: 'credited',
        currency: 'CNY',
        minor_units: rmb['paid_minor_units'],
        account_id: specimenAccountId,
        lot_id: specimenLots.rmb,
      },
      {
        ...entry,
        suspense_id: SUSPENSE.returned,
        reference: 'returned',
        state: 'returned',
        currency: 'USD',
        minor_units: '499',
        return_reference: 'R-1',
      },
    ],
    free_credits: [
      {
        identity_hash: '0'.repeat(64),
        account_id: specimenAccountId,
        kind: 'email',
        amount_nano_usd: '1000',
        day: '2026-11-22',
      },
    ],
    free_credit_days: [{ day: '2026-11-22', granted_nano_usd: '1000' }],
  };
}

function lotRow(lotId: string): SpecimenRow {
  const found = (lotTables()['lots'] ?? []).find((row) => row['lot_id'] === lotId);
  if (found === undefined) throw new Error(`the specimen has no lot ${lotId}`);
  return found;
}
