import { errorProperty } from './error-code.js';

/** The SQLSTATE of an error that Postgres answered (`23505` = unique violation); null when it is no such error. */
export function sqlState(error: unknown): string | null {
  const code = told(error, 'code');
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** The constraint that refused a statement; null when the error names none. */
export function violatedConstraint(error: unknown): string | null {
  const name = told(error, 'constraint');
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
  const code = told(error, 'code');
  if (typeof code === 'string' && NETWORK_CODES.has(code)) return true;
  const message = errorProperty(error, 'message');
  return typeof message === 'string' && CONNECTION_MESSAGES.test(message);
}

const TRANSIENT_CLASSES: ReadonlySet<string> = new Set(['08', '40', '53', '57', '58']);
const TRANSIENT_STATES: ReadonlySet<string> = new Set(['55P03', '25P02', '25P03', '25006']);
/** What `pg`, its pool and TypeORM say of a connection without giving a code. */
const CONNECTION_MESSAGES =
  /connection (terminated|timeout|ended)|timeout exceeded|not queryable|query runner already released/i;
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

/** From the error, or from the one that TypeORM wrapped. */
function told(error: unknown, name: string): unknown {
  return errorProperty(error, name) ?? errorProperty(errorProperty(error, 'driverError'), name);
}
