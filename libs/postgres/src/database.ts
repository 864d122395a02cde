/**
 * What a repository needs of a database: plain SQL with `$1` parameters. A transaction and a pool look the same, so that
 * a caller decides where a statement belongs. `bigint` columns arrive as strings; read them with `BigInt`.
 */
export interface Sql {
  /** Rows of a SELECT or of a RETURNING clause. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Sql {
  /** Runs `work` in one transaction (READ COMMITTED): commits when it resolves, rolls back when it rejects. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /**
   * Calls `handle` with each notification of a channel, on a connection apart from the pool that is made again when it
   * breaks. After each reconnection `handle` is called once with an empty payload, because notifications may have been
   * missed: a notification only wakes, the tables are the truth.
   */
  listen(channel: string, handle: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
