/** Nothing of these databases is kept, so no commit has to wait for the disk. */
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * The Postgres of the integration suites: the server of TEST_DATABASE_URL, else one embedded server for the whole run.
 * `problem` says why there is none; the suites that need it are then reported as skipped.
 */
export async function startDatabase(dataDir) {
  if (process.env.TEST_DATABASE_URL !== undefined)
    return { problem: null, environment: {}, stop: async () => undefined };
  try {
    const { startEmbeddedPostgres } = await import('../../libs/postgres/dist/index.js');
    const server = await startEmbeddedPostgres({ dataDir, settings });
    return { problem: null, environment: { TEST_DATABASE_URL: server.superuserUrl }, stop: () => server.stop() };
  } catch (error) {
    return { problem: error.message, environment: {}, stop: async () => undefined };
  }
}
