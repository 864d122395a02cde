import type { LocalServer, LocalServerOptions } from './local-server.js';

export interface PostgresOptions extends LocalServerOptions {
  /** More of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface RunningPostgres extends LocalServer {
  readonly superuserUrl: string;
}

/** Starts the embedded Postgres of libs/postgres on loopback. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  throw new Error(`not yet: ${options.folder}`);
}
