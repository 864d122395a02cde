import { describe, expect, it } from '@jest/globals';

import { createTestDatabase } from './test-database.js';

describe('createTestDatabase', () => {
  it('gives each suite a database of its own with all roles', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const owner = await one.database('billing_owner');
    await owner.query('CREATE TABLE things (n integer)');
    const app = await one.database('billing_app');
    expect(await app.query('INSERT INTO things VALUES (7) RETURNING n')).toEqual([{ n: 7 }]);
    const stranger = await one.database('router_app');
    await expect(stranger.query('SELECT * FROM billing.things')).rejects.toThrow('permission denied');
    const elsewhere = await two.database('billing_owner');
    expect(await elsewhere.query("SELECT to_regclass('things') AS found")).toEqual([{ found: null }]);
    await one.drop();
    await two.drop();
  });
});
