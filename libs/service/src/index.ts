export type { ServiceApplication } from './application.js';
