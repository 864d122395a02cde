export type { Database, Sql } from './database.js';
