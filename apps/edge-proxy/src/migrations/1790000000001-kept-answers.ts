import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What clients ask to be kept. Contents are sealed before they come here (AES-256-GCM, the account bound to them); the
 * other columns are ids, hashes and times. Bodies do not compress once they are sealed, so Postgres is told not to try.
 */
const TABLES = `
CREATE TABLE edge.stored_responses (
  account_id uuid NOT NULL,
  -- As the client was told it; an upstream may have made it, so it is unique within an account alone.
  response_id text NOT NULL CONSTRAINT stored_responses_id_length CHECK (length(response_id) BETWEEN 1 AND 200),
  previous_response_id text,
  -- The input items of this request alone, and the resource as the client was told it.
  sealed_input bytea NOT NULL,
  sealed_resource bytea NOT NULL,
  -- Of both, sealed: what a chain may hold is counted before it is read.
  stored_bytes integer NOT NULL CONSTRAINT stored_responses_bytes_positive CHECK (stored_bytes > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Moved on whenever a later response builds on this one.
  kept_until timestamptz NOT NULL,
  CONSTRAINT stored_responses_pkey PRIMARY KEY (account_id, response_id)
);
ALTER TABLE edge.stored_responses ALTER COLUMN sealed_input SET STORAGE EXTERNAL;
ALTER TABLE edge.stored_responses ALTER COLUMN sealed_resource SET STORAGE EXTERNAL;
CREATE INDEX stored_responses_by_end ON edge.stored_responses (kept_until);

-- Where an item that is referred to by its id stands.
CREATE TABLE edge.stored_items (
  account_id uuid NOT NULL,
  item_id text NOT NULL CONSTRAINT stored_items_id_length CHECK (length(item_id) BETWEEN 1 AND 200),
  response_id text NOT NULL,
  CONSTRAINT stored_items_pkey PRIMARY KEY (account_id, item_id),
  CONSTRAINT stored_items_response_fkey FOREIGN KEY (account_id, response_id)
    REFERENCES edge.stored_responses (account_id, response_id) ON DELETE CASCADE
);
CREATE INDEX stored_items_by_response ON edge.stored_items (account_id, response_id);

CREATE TABLE edge.idempotent_answers (
  account_id uuid NOT NULL,
  key_hash bytea NOT NULL CONSTRAINT idempotent_answers_key_hash_length CHECK (octet_length(key_hash) = 32),
  -- Sealed, so that nobody can try out what a customer may have asked.
  sealed_request_hash bytea NOT NULL,
  -- The run that has the key; another one that takes it over writes its own.
  claim_id uuid NOT NULL,
  state text NOT NULL CONSTRAINT idempotent_answers_state_known CHECK (state IN ('running', 'kept', 'spent')),
  -- A run that renews no more is gone, and its key is free.
  lease_until timestamptz,
  generation text,
  sealed_answer bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  kept_until timestamptz NOT NULL,
  CONSTRAINT idempotent_answers_pkey PRIMARY KEY (account_id, key_hash),
  CONSTRAINT idempotent_answers_lease CHECK ((state = 'running') = (lease_until IS NOT NULL)),
  CONSTRAINT idempotent_answers_answer CHECK ((state = 'kept') = (sealed_answer IS NOT NULL)),
  CONSTRAINT idempotent_answers_generation CHECK (state = 'running' OR generation IS NOT NULL)
);
ALTER TABLE edge.idempotent_answers ALTER COLUMN sealed_answer SET STORAGE EXTERNAL;
CREATE INDEX idempotent_answers_by_end ON edge.idempotent_answers (kept_until);
CREATE INDEX idempotent_answers_running ON edge.idempotent_answers (claim_id) WHERE state = 'running';
`;

export class CreateKeptAnswers implements MigrationInterface {
  readonly name = 'CreateKeptAnswers1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE edge.idempotent_answers, edge.stored_items, edge.stored_responses');
  }
}
