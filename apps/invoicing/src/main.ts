import { runMain } from '@apilink/service';

import { createInvoicingApplication } from './application.js';

await runMain('invoicing', createInvoicingApplication);
