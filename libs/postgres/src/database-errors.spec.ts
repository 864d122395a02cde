import { describe, expect, it } from '@jest/globals';

import { isTransientDatabaseError, sqlState, violatedConstraint } from './database-errors.js';

describe('database errors', () => {
  it.each([
    ['a deadlock', { code: '40P01' }],
    ['a server that shuts down', { code: '57P01' }],
    ['a server that starts', { code: '57P03' }],
    ['too many connections', { code: '53300' }],
    ['a full disk', { code: '53100' }],
    ['a refused connection', { code: 'ECONNREFUSED' }],
    ['an error inside the error of TypeORM', { driverError: { code: 'ECONNRESET' } }],
    ['a connection that broke', new Error('Connection terminated unexpectedly')],
    ['a pool without a free connection', new Error('timeout exceeded when trying to connect')],
  ])('tries again after %s', (_, error) => {
    expect(isTransientDatabaseError(error)).toBe(true);
  });

  it.each([
    ['a unique violation', { code: '23505' }],
    ['a check violation', { driverError: { code: '23514' } }],
    ['a statement that is wrong', { code: '42601' }],
    ['a bug', new TypeError('x is undefined')],
    ['nothing', null],
  ])('does not try again after %s', (_, error) => {
    expect(isTransientDatabaseError(error)).toBe(false);
  });

  it('tells state and constraint, also through TypeORM', () => {
    const error = { driverError: { code: '23505', constraint: 'accounts_pkey' } };
    expect([sqlState(error), violatedConstraint(error)]).toEqual(['23505', 'accounts_pkey']);
    expect([sqlState({ code: 'ECONNRESET' }), violatedConstraint({})]).toEqual([null, null]);
  });
});
