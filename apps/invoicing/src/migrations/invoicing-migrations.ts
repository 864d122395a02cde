import type { Migration } from '@apilink/postgres';

import { CreateInvoiceableLedger } from './1790000000001-invoiceable-ledger.js';

export const invoicingMigrations: readonly Migration[] = [CreateInvoiceableLedger];
