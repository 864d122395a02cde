import { z } from 'zod';

/** How a generation ended; the conditions and charges are in docs/money.md. */
export const outcomeSchema = z.enum([
  'rejected',
  'void_before_dispatch',
  'completed',
  'hold_exhausted',
  'client_disconnect',
  'abandoned_late',
  'slow_reader',
  'upstream_error_no_output',
  'upstream_error_partial',
  'gateway_abort',
  'expired',
  'empty_completion',
]);
export type Outcome = z.output<typeof outcomeSchema>;

/** Where the usage vector came from: the upstream's own figures, our meter, or nowhere because nothing was produced. */
export const usageSourceSchema = z.enum(['upstream', 'estimated', 'none']);
export type UsageSource = z.output<typeof usageSourceSchema>;

/** One attempt at one endpoint. `ok` = it answered; all else but `cancelled`, `request_refused` counts against its health. */
export const attemptClassSchema = z.enum([
  'ok',
  'connect_error',
  'reset',
  'first_token_timeout',
  'idle_timeout',
  'rate_limited',
  'server_error',
  'credential_refused',
  'request_refused',
  'malformed',
  'cut',
  'cancelled',
]);
export type AttemptClass = z.output<typeof attemptClassSchema>;

/** The state of a hold as billing keeps it and receipts tell it. */
export const holdStateSchema = z.enum(['open', 'settled', 'voided', 'expired', 'late_settled']);
export type HoldState = z.output<typeof holdStateSchema>;
