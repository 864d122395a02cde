import { runMain } from '@apilink/service';

import { createStatusApplication } from './application.js';

await runMain('status', createStatusApplication);
