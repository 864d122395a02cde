import { outboxMigration } from '@apilink/events';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = `
CREATE TABLE router.models (
  model_id text CONSTRAINT models_pkey PRIMARY KEY,
  created_at_ms bigint NOT NULL,
  body text,
  published_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE router.rate_cards (
  price_version text CONSTRAINT rate_cards_pkey PRIMARY KEY
    CONSTRAINT rate_cards_price_version_form CHECK (price_version ~ '^pv_[0-9a-f]{32}$'),
  model_id text NOT NULL,
  endpoint_id text NOT NULL,
  body text NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now()
);
REVOKE UPDATE, DELETE, TRUNCATE ON router.rate_cards FROM router_app;
CREATE TABLE router.publications (
  publication_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT publications_pkey PRIMARY KEY,
  models_changed integer NOT NULL,
  models_removed integer NOT NULL,
  prices_added integer NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now()
);
`;

/** What was published last of each model, every rate card there ever was (immutable), and the outbox. */
export class CreatePublications implements MigrationInterface {
  readonly name = 'CreatePublications1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(outboxMigration('router'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE router.outbox, router.publications, router.rate_cards, router.models');
  }
}
