import type { AuditCheck, AuditPart, Specimen } from './audit.domain.js';
import { chargePart } from './charge-check.service.js';
import { epochPart } from './epoch-check.domain.js';
import { holdPart } from './hold-check.domain.js';
import { ledgerPart } from './ledger-check.domain.js';
import { lotPart } from './lot-check.domain.js';
import { refundPart } from './refund-check.domain.js';
import { paymentPart } from './payment-check.domain.js';
import { spendPart } from './spend-check.domain.js';
import { createCustomerSpecimen } from './specimen.factory.js';
import { usagePart } from './usage-check.domain.js';
import { waitingPart } from './waiting-check.domain.js';

/** Every part of the books. A part that is added here is audited, tampered with by the self-test, and listed in the docs. */
export const auditParts: readonly AuditPart[] = [
  ledgerPart,
  holdPart,
  spendPart,
  epochPart,
  chargePart,
  usagePart,
  waitingPart,
  lotPart,
  refundPart,
  paymentPart,
];

export const auditChecks: readonly AuditCheck[] = auditParts.flatMap(({ checks }) => checks);

/** Books in which every check finds nothing and every table has rows to be wrong. */
export function createSpecimen(): Specimen {
  return auditParts.reduce((specimen, part) => ({ ...specimen, ...part.specimen }), createCustomerSpecimen());
}
