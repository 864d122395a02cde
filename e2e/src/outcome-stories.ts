import { expect } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { auditDifferences, Customer, type ReceiptView } from './customer.js';
import { eventually, freePort, Instance } from './instance.js';
import { RawClient } from './raw-client.js';
import { Wall, type WallCall, type WallScript } from './wall.js';

/** What every hold of a story is: free input, 100 output tokens of 1,000 nano-USD. */
export const HOLD = '100000';
/** Per output token. */
export const TOKEN_NANO_USD = 1000n;
export const never = new Promise<void>(() => undefined);

const MODEL = 'acme/echo-1';
/** Its only endpoint listens nowhere. */
export const UNREACHABLE_MODEL = 'acme/unreachable';

export interface StoryOptions {
  /** Of the catalog's timeouts; default: short ones. */
  readonly timeouts?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** One ApiLink, one customer and one scripted provider, and stories of one raw client each. */
export class OutcomeStories {
  private told = 0;
  /** Generations of the stories before. */
  private readonly known = new Set<string>();

  private constructor(
    readonly wall: Wall,
    readonly instance: Instance,
    readonly customer: Customer,
  ) {}

  static async open(options: StoryOptions = {}): Promise<OutcomeStories> {
    const wall = await Wall.start();
    const timeouts = options.timeouts ?? '{ connect: 1s, firstToken: 2s, idle: 2s, answer: 3s }';
    const nowhere = `http://127.0.0.1:${await freePort()}/v1`;
    const instance = await Instance.start({
      configuration: catalogOf([
        { id: MODEL, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'scripted' }], timeouts },
        { id: UNREACHABLE_MODEL, endpoints: [{ baseUrl: nowhere, upstreamModel: 'nobody' }] },
      ]),
      environment: { ...wallEnvironment, ...options.environment },
    });
    return new OutcomeStories(wall, instance, await Customer.create(instance, '10'));
  }

  async close(): Promise<void> {
    await this.wall.stop();
    await this.instance.dispose();
  }

  /** A client whose request is on its way; at ApiLink's own port, or at that of a proxy before it. */
  async begin(script: WallScript, extra: object = {}, port = this.instance.listeningPort): Promise<RawClient> {
    this.told = this.wall.calls.length;
    this.wall.script('scripted', script);
    const client = await RawClient.connect(port);
    const messages = [{ role: 'user', content: 'hi' }];
    client.sendChat(this.customer.apiKey, { model: MODEL, stream: true, max_tokens: 100, messages, ...extra });
    return client;
  }

  /** The provider's side of this story. */
  async dispatched(): Promise<WallCall> {
    return eventually('the upstream saw the request', async () => this.wall.calls[this.told] ?? null);
  }

  get dispatches(): number {
    return this.wall.calls.length - this.told;
  }

  /** Answers that were asked for later tell that ApiLink has read what came before. */
  async everythingIsRead(): Promise<void> {
    for (let asked = 0; asked < 20; asked++) await fetch(`${this.instance.origin}/api/hello`);
  }

  /** The receipt of the one generation that this story made. */
  async receiptOf(client: RawClient, timeoutMs = 5000): Promise<ReceiptView> {
    const id = client.header('x-generation-id') ?? (await this.unseen(timeoutMs));
    this.known.add(id);
    return this.customer.receipt(id, timeoutMs);
  }

  private async unseen(timeoutMs: number): Promise<string> {
    return eventually(
      'the generation is listed',
      async () =>
        (await this.customer.usage()).find(({ id, state }) => !this.known.has(id) && state !== 'open')?.id ?? null,
      timeoutMs,
    );
  }
}

export async function expectCancelledWithinOneSecond(stories: OutcomeStories, since: number): Promise<void> {
  const call = await stories.dispatched();
  const at = await eventually('the upstream was cancelled', async () => call.cancelledAt);
  expect(at - since).toBeLessThan(1000);
}

/** Spent is the sum of all receipts, nothing is held, and the audit finds nothing. */
export async function expectExactBooksOf({ customer, instance }: OutcomeStories): Promise<void> {
  const { spent } = await customer.settled();
  const charges = (await customer.usage()).map((row) => BigInt(row.charge_nano_usd));
  expect(spent).toBe(charges.reduce((sum, charge) => sum + charge, 0n));
  expect(await auditDifferences(instance)).toEqual([]);
}
