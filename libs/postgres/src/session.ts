import { Client } from 'pg';

import type { ConnectionFacts } from './connection.js';
import type { Sql } from './database.js';
import { quoteIdentifier } from './identifier.js';

const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 30_000;

/** One connection of one owner, for session-level advisory locks: Postgres frees them when it breaks. */
export interface DatabaseSession extends Sql {
  /** False for ever once the connection has broken: every lock it held is gone. */
  readonly isOpen: boolean;
  end(): Promise<void>;
}

export interface SessionSettings {
  readonly applicationName: string;
  readonly schema: string;
  readonly onError: (error: Error) => void;
}

/** Keep-alive both ways: Postgres notices within about 25 s that the other machine is gone, and frees the locks. */
export async function openSession(facts: ConnectionFacts, settings: SessionSettings): Promise<DatabaseSession> {
  const client = new Client({
    ...facts,
    application_name: settings.applicationName,
    options:
      `-c search_path=${quoteIdentifier(settings.schema)} ` +
      '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
  });
  const session = new ClientSession(client, settings.onError);
  await client.connect();
  return session;
}

class ClientSession implements DatabaseSession {
  private open = true;
  /** A connection runs one statement at a time; callers that come meanwhile wait here. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly client: Client,
    onError: (error: Error) => void,
  ) {
    client.on('error', (error) => {
      this.open = false;
      onError(error);
    });
    client.on('end', () => {
      this.open = false;
    });
  }

  get isOpen(): boolean {
    return this.open;
  }

  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const result = this.turn.then(() => this.client.query<Row>(text, [...values]));
    this.turn = result.catch(() => undefined);
    return (await result).rows;
  }

  async end(): Promise<void> {
    this.open = false;
    // A connection that is already broken has nothing left to say goodbye to.
    await this.client.end().catch(() => undefined);
  }
}
