import { createServer, type Server, type Socket } from 'node:net';

/** One request as the upstream saw it, and what a script may do with its connection. */
export class UpstreamCall {
  /** Resolves when the edge has closed this connection. */
  readonly closed: Promise<void>;

  constructor(
    readonly headers: string,
    readonly body: Buffer,
    readonly socket: Socket,
  ) {
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve());
    });
  }

  get json(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(Object(JSON.parse(this.body.toString('utf8')))));
  }

  /** Begins a stream; its body has no length, so that it can be cut anywhere. */
  head(status = 200, headers: Record<string, string> = { 'content-type': 'text/event-stream' }): this {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`HTTP/1.1 ${status} X\r\n${lines.join('')}transfer-encoding: chunked\r\n\r\n`);
    return this;
  }

  raw(text: string): this {
    const bytes = Buffer.from(text);
    this.socket.write(`${bytes.length.toString(16)}\r\n`);
    this.socket.write(bytes);
    this.socket.write('\r\n');
    return this;
  }

  event(body: object | string): this {
    return this.raw(`data: ${typeof body === 'string' ? body : JSON.stringify(body)}\n\n`);
  }

  /** One content chunk. */
  text(content: string): this {
    return this.event(chunk({ content }));
  }

  finish(reason = 'stop'): this {
    return this.event(chunk({}, reason));
  }

  usage(input: number, output: number, details: object = {}): this {
    const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output, ...details };
    return this.event({ ...chunk({}), choices: [], usage });
  }

  done(): this {
    return this.event('[DONE]').end();
  }

  end(): this {
    this.socket.write('0\r\n\r\n');
    return this;
  }

  /** A whole answer with a length. */
  answer(status: number, body: object | string, headers: Record<string, string> = {}): this {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const all = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)), ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`HTTP/1.1 ${status} X\r\n${lines.join('')}\r\n${text}`);
    return this;
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  cut(): void {
    this.socket.end();
  }
}

function chunk(delta: object, finishReason: string | null = null) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'upstream-model',
    choices: [{ index: 0, delta, finish_reason: finishReason, logprobs: null }],
  };
}

/** A whole chat completion that was not streamed. */
export function wholeAnswer(content: string, input: number, output: number, finishReason: string | null = 'stop') {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'upstream-model',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finishReason, logprobs: null }],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  };
}

export type UpstreamScript = (call: UpstreamCall) => void;

/** A provider on raw sockets that plays one script per request, the last one for ever. */
export class ScriptedUpstream {
  readonly calls: UpstreamCall[] = [];
  #scripts: UpstreamScript[] = [];
  #waiting: ((call: UpstreamCall) => void)[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly baseUrl: string,
  ) {}

  static async listen(): Promise<ScriptedUpstream> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const upstream = new ScriptedUpstream(server, `http://127.0.0.1:${port}/v1`);
    server.on('connection', (socket) => upstream.#serve(socket));
    return upstream;
  }

  play(...scripts: UpstreamScript[]): void {
    this.#scripts = scripts;
  }

  /** The next request that arrives. */
  async nextCall(): Promise<UpstreamCall> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    // One for each call of a connection that is kept.
    socket.setMaxListeners(0);
    socket.on('close', () => this.#sockets.delete(socket));
    let read = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      read = Buffer.concat([read, bytes]);
      const headEnd = read.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const headers = read.subarray(0, headEnd).toString('latin1');
      const length = Number(/content-length: *(\d+)/i.exec(headers)?.[1] ?? 0);
      if (read.length < headEnd + 4 + length) return;
      const body = Buffer.from(read.subarray(headEnd + 4, headEnd + 4 + length));
      read = read.subarray(headEnd + 4 + length);
      this.#take(new UpstreamCall(headers, body, socket));
    });
  }

  #take(call: UpstreamCall): void {
    this.calls.push(call);
    const script = this.#scripts.length > 1 ? this.#scripts.shift() : this.#scripts[0];
    script?.(call);
    this.#waiting.shift()?.(call);
  }
}
