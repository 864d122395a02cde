import { connect, type Socket } from 'node:net';

/** A client on a bare socket, for everything that a well-behaved library would not do. */
export class RawClient {
  /** Joined when it is asked for: an answer of many megabytes must not be copied with every read. */
  private received: Buffer[] = [];
  private readonly waiting = new Set<() => void>();
  private closedBy: 'end' | 'error' | null = null;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.received.push(chunk);
      this.wake();
    });
    socket.on('end', () => {
      this.closedBy ??= 'end';
      this.wake();
    });
    socket.on('error', () => {
      this.closedBy = 'error';
      this.wake();
    });
    socket.on('close', () => {
      this.closedBy ??= 'end';
      this.wake();
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  /** Sends a whole chat request. */
  sendChat(apiKey: string, body: object): void {
    const text = JSON.stringify(body);
    this.send(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${apiKey}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Resolves with everything received once it matches; rejects when the connection ends first. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const text = this.text;
      if (pattern.test(text)) return text;
      if (this.closedBy !== null) throw new Error(`closed (${this.closedBy}) before ${String(pattern)}:\n${text}`);
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  /** Resolves when the server closed the connection: `end` after a FIN, `error` after a reset. */
  async untilClosed(): Promise<'end' | 'error'> {
    while (this.closedBy === null) await new Promise<void>((resolve) => this.waiting.add(resolve));
    return this.closedBy;
  }

  get text(): string {
    this.received = [Buffer.concat(this.received)];
    return this.received[0]?.toString('utf8') ?? '';
  }

  header(name: string): string | null {
    const match = new RegExp(`^${name}: (.*)\\r$`, 'im').exec(this.text.split('\r\n\r\n')[0] + '\r\n');
    return match?.[1] ?? null;
  }

  stopReading(): void {
    this.socket.pause();
  }

  readOn(): void {
    this.socket.resume();
  }

  /** FIN from us and nothing more read: an ordinary close. */
  close(): void {
    this.socket.destroySoon();
  }

  /** FIN from us only; we go on reading. */
  halfClose(): void {
    this.socket.end();
  }

  /** RST. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
