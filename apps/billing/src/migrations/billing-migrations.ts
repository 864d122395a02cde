import type { Migration } from '@apilink/postgres';

import { Accounts1790000000001 } from './1790000000001-accounts.js';
import { Ledger1790000000002 } from './1790000000002-ledger.js';
import { Holds1790000000003 } from './1790000000003-holds.js';
import { Outbox1790000000004 } from './1790000000004-outbox.js';
import { GateOutbox1790000000005 } from './1790000000005-gate-outbox.js';
import { Lots1790000000006 } from './1790000000006-lots.js';
import { Payments1790000000007 } from './1790000000007-payments.js';
import { Refunds1790000000008 } from './1790000000008-refunds.js';
import { UsageRollups1790000000010 } from './1790000000010-usage-rollups.js';
import { Transparency1790000000011 } from './1790000000011-transparency.js';
import { CheaperChecks1790000000012 } from './1790000000012-cheaper-checks.js';
import { Differences1790000000013 } from './1790000000013-differences.js';

/** The schema `billing`, in order. */
export const billingMigrations: readonly Migration[] = [
  Accounts1790000000001,
  Ledger1790000000002,
  Holds1790000000003,
  Outbox1790000000004,
  GateOutbox1790000000005,
  Lots1790000000006,
  Payments1790000000007,
  Refunds1790000000008,
  UsageRollups1790000000010,
  Transparency1790000000011,
  CheaperChecks1790000000012,
  Differences1790000000013,
];
