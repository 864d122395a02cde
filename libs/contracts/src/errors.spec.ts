import { describe, expect, it } from '@jest/globals';

import { errorCatalogue, errorMessage, type ErrorDefinition } from './errors.js';

const entries = Object.entries<ErrorDefinition>(errorCatalogue);
const typeByStatus: Readonly<Record<number, readonly ErrorDefinition['type'][]>> = {
  400: ['invalid_request_error'],
  401: ['authentication_error'],
  402: ['insufficient_quota'],
  403: ['permission_error'],
  404: ['not_found_error'],
  405: ['invalid_request_error'],
  408: ['invalid_request_error'],
  409: ['invalid_request_error'],
  413: ['invalid_request_error'],
  415: ['invalid_request_error'],
  422: ['invalid_request_error'],
  426: ['invalid_request_error'],
  429: ['rate_limit_error', 'insufficient_quota'],
  500: ['server_error'],
  502: ['server_error'],
  503: ['server_error'],
  504: ['server_error'],
};

describe('error catalogue', () => {
  it.each(entries)('gives %s a type that SDKs expect with its status', (_code, { status, type }) => {
    expect(typeByStatus[status]).toContain(type);
  });

  it.each(entries)('never invites a client to retry %s when a retry cannot help', (code, { status, retryable }) => {
    // The first request with the key ends, and then its answer is there.
    const passes = status === 429 || status >= 500 || code === 'idempotency_key_in_use';
    expect(passes).toBe(retryable);
  });

  it.each(entries)('tells in whole sentences what %s is and what to do', (_code, { message, remedy }) => {
    expect(message).toMatch(/^[A-Z].*(?:\.|\{detail\})$/s);
    expect(remedy).toMatch(/^[A-Z].*\.$/s);
  });

  it('fills the placeholders of a message', () => {
    expect(errorMessage('insufficient_balance', { available: '0.000000001', least: '0.5' })).toBe(
      'The balance of 0.000000001 USD does not cover the least this request can cost, 0.5 USD.',
    );
  });

  it('shows a gap instead of the placeholder when a detail is missing', () => {
    expect(errorMessage('model_not_found', {})).toBe('The model "?" does not exist.');
  });

  it('does not read what a client sent as a placeholder', () => {
    expect(errorMessage('model_not_found', { detail: '{limit} $& {detail}' })).toBe(
      'The model "{limit} $& {detail}" does not exist.',
    );
  });
});
