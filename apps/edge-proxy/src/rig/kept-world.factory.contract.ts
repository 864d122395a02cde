import { randomUUID } from 'node:crypto';

import { accountIdSchema, encodeWireId, keyIdSchema, workspaceIdSchema } from '@apilink/contracts';
import { MemoryEventLog } from '@apilink/events';
import { MemoryHoldStore } from '@apilink/holds';
import { migrate, type PostgresDatabase } from '@apilink/postgres';
import { createApiKey } from '@apilink/service';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { edgeMigrations } from '../migrations/edge-migrations.js';
import { EdgeWorld, type WorldOptions } from './edge-world.factory.contract.js';
import { snapshot } from './world-seed.factory.contract.js';

const SECRETS_KEY = Buffer.alloc(32, 5).toString('base64url');

/** Edges with one gate, one event log and one Postgres for what clients ask to be kept. */
export class KeptWorlds {
  #store = new MemoryHoldStore({ now: Date.now });
  #eventLog = new MemoryEventLog();
  #worlds: EdgeWorld[] = [];

  private constructor(
    private readonly test: TestDatabase,
    /** Past every right of the edge's own role. */
    readonly owner: PostgresDatabase,
  ) {}

  static async open(): Promise<KeptWorlds> {
    const test = await createTestDatabase();
    await migrate({ url: test.urlFor('edge_owner'), schema: 'edge', migrations: edgeMigrations });
    return new KeptWorlds(test, await test.database('edge_owner'));
  }

  /** An edge more; the first one loads the account. `url` in place of the database's own. */
  async edge(options: WorldOptions = {}, url = this.test.urlFor('edge_app')): Promise<EdgeWorld> {
    const [first] = this.#worlds;
    const world = await EdgeWorld.open({
      store: this.#store,
      eventLog: this.#eventLog,
      group: randomUUID(),
      ...(first === undefined ? {} : { apiKey: first.apiKey }),
      ...options,
      env: { DATABASE_URL: url, SECRETS_KEY, ...options.env },
    });
    this.#worlds.push(world);
    return world;
  }

  /** Loads an account more into the gate; gives an API key of it. */
  async otherAccount(): Promise<string> {
    const { apiKey, keyHash } = createApiKey();
    const other = snapshot(keyHash, {}, 1);
    const [workspace] = other.workspaces;
    const [key] = other.keys;
    if (workspace === undefined || key === undefined) throw new Error('the seed has no key');
    const workspaceId = workspaceIdSchema.parse(encodeWireId('ws', randomUUID()));
    await this.#store.load({
      ...other,
      accountId: accountIdSchema.parse(encodeWireId('acc', randomUUID())),
      workspaces: [{ ...workspace, workspaceId }],
      keys: [{ ...key, workspaceId, keyId: keyIdSchema.parse(encodeWireId('key', randomUUID())) }],
    });
    return apiKey;
  }

  get appUrl(): string {
    return this.test.urlFor('edge_app');
  }

  /** Everything that stands in the tables, as text. */
  async everything(): Promise<string> {
    const texts = await Promise.all(
      ['stored_responses', 'stored_items', 'idempotent_answers'].map(async (table) => {
        const rows = await this.owner.query<Record<string, unknown>>(`SELECT * FROM edge.${table}`);
        return rows
          .flatMap((row) => Object.values(row))
          .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
          .join('\n');
      }),
    );
    return texts.join('\n');
  }

  /** Empties gate, tables and edges for the next test. */
  async closeEdges(): Promise<void> {
    for (const world of this.#worlds) await world.close();
    this.#worlds = [];
    this.#store = new MemoryHoldStore({ now: Date.now });
    this.#eventLog = new MemoryEventLog();
    await this.owner.query('TRUNCATE edge.stored_responses, edge.stored_items, edge.idempotent_answers');
  }

  async close(): Promise<void> {
    await this.test.drop();
  }
}
