import { permanent } from './error-definition.js';

/** Errors of top-ups, money in suspense and free credit; part of the catalogue. */
export const paymentErrors = {
  topup_below_minimum: permanent(
    400,
    'invalid_request_error',
    'A top-up is at least {least}; {detail} is less.',
    'Top up with the least amount or more.',
  ),
  channel_not_enabled: permanent(
    400,
    'invalid_request_error',
    'This payment channel is not enabled: {detail}.',
    'Name an enabled channel; docs/payments.md tells how one is enabled.',
  ),
  payment_event_refused: permanent(
    400,
    'invalid_request_error',
    'This is no event of the payment channel: {detail}.',
    "Check the channel's secret and its clock; nothing was recorded.",
  ),
  free_credit_refused: permanent(
    403,
    'permission_error',
    'No free credit: {detail}.',
    'Create the account without it, or top up.',
  ),
  second_person_needed: permanent(
    403,
    'permission_error',
    'Two people are needed: {detail}.',
    'Have another operator do it, with a token of their own (OPERATOR_TOKENS).',
  ),
  wrong_state: permanent(
    409,
    'invalid_request_error',
    'This is not possible now: {detail}.',
    'Look at its state; somebody else may have been faster.',
  ),
} as const;
