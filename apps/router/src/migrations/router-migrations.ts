import type { Migration } from '@apilink/postgres';

import { CreatePublications } from './1790000000001-publications.js';

export const routerMigrations: readonly Migration[] = [CreatePublications];
