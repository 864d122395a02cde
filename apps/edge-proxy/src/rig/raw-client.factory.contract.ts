import { connect, type Socket } from 'node:net';

export interface ReceivedAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** With chunk sizes still in it when it was chunked. */
  readonly body: string;
}

/** A client on a raw socket: it can stop anywhere, in every way. */
export class RawClient {
  #received = '';
  #isEnded = false;
  #waiting: (() => void)[] = [];

  private constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      this.#received += bytes.toString('utf8');
      this.#wake();
    });
    socket.on('error', () => undefined);
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#isEnded = true;
        this.#wake();
      });
    }
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  get received(): string {
    return this.#received;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  send(text: string | Buffer): this {
    this.socket.write(text);
    return this;
  }

  post(path: string, apiKey: string, body: object | string, headers: Record<string, string> = {}): this {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const all = {
      host: 'edge',
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return this.send(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`);
  }

  /** Sends FIN and goes on reading. */
  halfClose(): void {
    this.socket.end();
  }

  /** Sends FIN and reads no more. */
  close(): void {
    this.socket.end();
    this.socket.destroySoon();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Resolves when a text has arrived; rejects when the server ends before. */
  async until(text: string): Promise<void> {
    while (!this.#received.includes(text)) {
      if (this.#isEnded) throw new Error(`the server closed before ${JSON.stringify(text)}: ${this.#received}`);
      await this.#change();
    }
  }

  async ended(): Promise<void> {
    while (!this.#isEnded) await this.#change();
  }

  /** One whole answer: to its length, to the end of its chunks, or to the end of the connection. */
  async answer(): Promise<ReceivedAnswer> {
    for (;;) {
      const parsed = parseAnswer(this.#received);
      if (parsed !== null && (parsed.isWhole || this.#isEnded)) return parsed.answer;
      if (this.#isEnded) throw new Error(`the server closed without an answer: ${this.#received}`);
      await this.#change();
    }
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function parseAnswer(text: string): { answer: ReceivedAnswer; isWhole: boolean } | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = text.slice(headEnd + 4);
  const length = headers.get('content-length');
  const isChunked = headers.get('transfer-encoding') === 'chunked';
  const status = Number(statusLine.split(' ')[1]);
  if (status === 204 || status === 304) return { answer: { status, headers, body }, isWhole: true };
  const isWhole =
    length === undefined ? isChunked && body.endsWith('0\r\n\r\n') : Buffer.byteLength(body) >= Number(length);
  return { answer: { status, headers, body }, isWhole };
}
