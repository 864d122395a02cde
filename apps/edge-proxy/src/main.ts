import 'reflect-metadata';

import { runMain } from '@apilink/service';

import { createEdgeApplication } from './application.js';

await runMain('edge-proxy', createEdgeApplication);
