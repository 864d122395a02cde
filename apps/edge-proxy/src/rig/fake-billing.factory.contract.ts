import { createServer, type Server } from 'node:http';

/** Billing's internal API, as far as the edge asks it; `answer` decides what a path gives. */
export class FakeBilling {
  readonly asked: string[] = [];
  /** What each caller showed as its `authorization`. */
  readonly tokens: string[] = [];
  answer: (path: string, body: string) => { readonly status: number; readonly body?: object } = () => ({ status: 404 });

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async listen(): Promise<FakeBilling> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const billing = new FakeBilling(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        billing.asked.push(request.url ?? '');
        billing.tokens.push(request.headers.authorization ?? '');
        const reply = billing.answer(request.url ?? '', body);
        response.writeHead(reply.status, { 'content-type': 'application/json' });
        response.end(reply.body === undefined ? '' : JSON.stringify(reply.body));
      });
    });
    return billing;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }
}
