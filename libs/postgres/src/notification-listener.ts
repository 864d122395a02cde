import { Client } from 'pg';

import type { ConnectionFacts } from './connection.js';
import { quoteIdentifier } from './identifier.js';

const RECONNECT_FIRST_MS = 100;
const RECONNECT_MOST_MS = 5_000;

type Handle = (payload: string) => void;

/** One connection for all channels of a database, apart from the pool; made again with backoff when it breaks. */
export class NotificationListener {
  private readonly channels = new Map<string, Set<Handle>>();
  private client: Client | null = null;
  private opening: Promise<void> | null = null;
  private retry: NodeJS.Timeout | null = null;
  private retryMs = RECONNECT_FIRST_MS;
  private closed = false;

  constructor(
    private readonly facts: ConnectionFacts,
    private readonly applicationName: string,
    private readonly onError: (error: Error) => void,
  ) {}

  async listen(channel: string, handle: Handle): Promise<() => Promise<void>> {
    if (this.closed) throw new Error('the database connection is closed');
    const handles = this.channels.get(channel) ?? new Set();
    const isNewChannel = !this.channels.has(channel);
    handles.add(handle);
    this.channels.set(channel, handles);
    // Without a connection the open retry brings the channel in, and a first failure is told to the caller.
    if (this.client === null && this.retry === null) await this.openFirst(channel, handle);
    else if (isNewChannel) await this.client?.query(`LISTEN ${quoteIdentifier(channel)}`);
    return async () => {
      handles.delete(handle);
      if (handles.size > 0) return;
      this.channels.delete(channel);
      await this.client?.query(`UNLISTEN ${quoteIdentifier(channel)}`).catch(this.onError);
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.retry !== null) clearTimeout(this.retry);
    await this.opening?.catch(() => undefined);
    const client = this.client;
    this.client = null;
    await client?.end();
  }

  private async openFirst(channel: string, handle: Handle): Promise<void> {
    try {
      await this.open();
    } catch (error) {
      this.channels.get(channel)?.delete(handle);
      throw error;
    }
  }

  private open(): Promise<void> {
    this.opening ??= this.connect().finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  private async connect(): Promise<void> {
    const client = new Client({
      ...this.facts,
      application_name: `${this.applicationName}:listen`,
      connectionTimeoutMillis: RECONNECT_MOST_MS,
      keepAlive: true,
    });
    client.on('error', this.onError);
    client.on('notification', ({ channel, payload }) => {
      for (const handle of this.channels.get(channel) ?? []) handle(payload ?? '');
    });
    try {
      await client.connect();
      for (const channel of this.channels.keys()) await client.query(`LISTEN ${quoteIdentifier(channel)}`);
    } catch (error) {
      void client.end().catch(this.onError);
      throw error;
    }
    client.once('end', () => this.reconnectLater(client));
    this.client = client;
    this.retryMs = RECONNECT_FIRST_MS;
  }

  private reconnectLater(broken: Client | null): void {
    if (this.closed || (broken !== null && broken !== this.client)) return;
    this.client = null;
    this.retry = setTimeout(() => {
      this.retry = null;
      this.open().then(
        () => this.wakeAll(),
        (error: unknown) => {
          this.onError(error instanceof Error ? error : new Error(String(error)));
          this.reconnectLater(null);
        },
      );
    }, this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, RECONNECT_MOST_MS);
  }

  private wakeAll(): void {
    for (const handles of this.channels.values()) for (const handle of handles) handle('');
  }
}
