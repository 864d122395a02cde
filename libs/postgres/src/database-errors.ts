/** The SQLSTATE of an error that Postgres answered (`23505` = unique violation); null when it is no such error. */
export function sqlState(error: unknown): string | null {
  const code = property(error, 'code') ?? property(property(error, 'driverError'), 'code');
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** The constraint that refused a statement; null when the error names none. */
export function violatedConstraint(error: unknown): string | null {
  const name = property(error, 'constraint') ?? property(property(error, 'driverError'), 'constraint');
  return typeof name === 'string' ? name : null;
}

/**
 * True when the same work may succeed later without a change: the connection is away or broken, the server starts or
 * stops, a deadlock, a serialization failure, a lock or statement timeout, too many connections, a full disk.
 * Source: PostgreSQL manual, appendix A.
 */
export function isTransientDatabaseError(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null) return TRANSIENT_CLASSES.has(state.slice(0, 2)) || TRANSIENT_STATES.has(state);
  const code = property(error, 'code') ?? property(property(error, 'driverError'), 'code');
  if (typeof code === 'string' && NETWORK_CODES.has(code)) return true;
  return (
    error instanceof Error &&
    /connection (terminated|timeout|ended)|timeout exceeded|not queryable|released/i.test(error.message)
  );
}

const TRANSIENT_CLASSES: ReadonlySet<string> = new Set(['08', '40', '53', '57', '58']);
const TRANSIENT_STATES: ReadonlySet<string> = new Set(['55P03', '25P02', '25P03', '25006']);
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
