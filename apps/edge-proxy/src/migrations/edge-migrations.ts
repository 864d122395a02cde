import type { Migration } from '@apilink/postgres';

import { CreateKeptAnswers } from './1790000000001-kept-answers.js';

export const edgeMigrations: readonly Migration[] = [CreateKeptAnswers];
