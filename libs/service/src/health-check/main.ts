import { isHealthy } from './health-check.js';

process.exitCode = (await isHealthy(process.env)) ? 0 : 1;
