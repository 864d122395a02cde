import { RawClient } from './raw-client.js';

/** FLUSHALL: the gate forgets everything. */
export async function flushAll(port: number): Promise<void> {
  const client = await RawClient.connect(port);
  client.send('FLUSHALL\r\n');
  await client.until(/^\+OK/);
  client.close();
}
