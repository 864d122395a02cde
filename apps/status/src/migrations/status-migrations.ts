import type { Migration } from '@apilink/postgres';

import { CreateComponentChanges } from './1790000000001-component-changes.js';

export const statusMigrations: readonly Migration[] = [CreateComponentChanges];
