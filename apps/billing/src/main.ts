import 'reflect-metadata';

import { runMain } from '@apilink/service';

import { createBillingApplication } from './application.js';

await runMain('billing', createBillingApplication);
