import { runMain } from '@apilink/service';

import { createDemoProviderApplication } from './application.js';

await runMain('demo-provider', createDemoProviderApplication);
