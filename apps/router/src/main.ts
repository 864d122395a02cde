import { runMain } from '@apilink/service';

import { createRouterApplication } from './application.js';

await runMain('router', createRouterApplication);
