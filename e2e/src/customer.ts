import { z } from 'zod';

import { eventually, type Instance } from './instance.js';

/** ApiLink in either topology: one process, or a cluster of them. */
export type Deployment = Pick<Instance, 'quickstart' | 'apilink'>;

const receiptSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  outcome: z.string().nullable(),
  reason: z.string().nullable(),
  hold_nano_usd: z.string(),
  charge_nano_usd: z.string(),
  released_nano_usd: z.string(),
  usage_source: z.string().nullable(),
  price_version: z.string().nullable(),
  attempts: z.array(z.looseObject({ provider: z.string(), class: z.string() })),
});
export type ReceiptView = z.output<typeof receiptSchema>;

const creditsSchema = z.object({
  data: z.looseObject({
    credited_nano_usd: z.string(),
    spent_nano_usd: z.string(),
    held_nano_usd: z.string(),
    available_nano_usd: z.string(),
  }),
});

export interface CreditsView {
  readonly credited: bigint;
  readonly spent: bigint;
  readonly held: bigint;
  readonly available: bigint;
}

const usageSchema = z.looseObject({
  generations: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      outcome: z.string().nullable(),
      hold_nano_usd: z.string(),
      charge_nano_usd: z.string(),
    }),
  ),
});

/** A paying account with one key, made and watched through the command line and the API as its owner would. */
export class Customer {
  private constructor(
    private readonly instance: Deployment,
    readonly accountId: string,
    readonly apiKey: string,
    readonly keyId: string,
    private readonly baseUrl: string,
  ) {}

  static async create(instance: Deployment, usd: string, keyOptions: readonly string[] = []): Promise<Customer> {
    const account = await instance.apilink('account', 'create', '--name', 'e2e');
    const { accountId } = z.looseObject({ accountId: z.string() }).parse(account.json);
    if (usd !== '0') {
      const grant = await instance.apilink('credit', 'grant', '--account', accountId, '--usd', usd, '--reason', 'e2e');
      if (grant.exitCode !== 0) throw new Error(grant.stderr);
    }
    const key = await instance.apilink('key', 'create', '--account', accountId, ...keyOptions);
    if (key.exitCode !== 0) throw new Error(key.stderr);
    const { keyId, apiKey } = z.looseObject({ keyId: z.string(), apiKey: z.string() }).parse(key.json);
    return new Customer(instance, accountId, apiKey, keyId, instance.quickstart.baseUrl);
  }

  /** The same customer, asking another edge: `http://127.0.0.1:8788`. */
  at(edgeUrl: string): Customer {
    return new Customer(this.instance, this.accountId, this.apiKey, this.keyId, `${edgeUrl}/v1`);
  }

  /** POST /v1/chat/completions. */
  async chat(body: object, init: RequestInit = {}): Promise<Response> {
    return this.post('/chat/completions', body, init);
  }

  async post(path: string, body: object, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...init,
    });
  }

  async get(path: string): Promise<Response> {
    return fetch(`${this.baseUrl}${path}`, { headers: { authorization: `Bearer ${this.apiKey}` } });
  }

  async credits(): Promise<CreditsView> {
    return creditsOf(await (await this.get('/credits')).json());
  }

  /** The receipt once it is final; the promise is 2 s after the answer. */
  async receipt(generationId: string, timeoutMs = 2000): Promise<ReceiptView> {
    return eventually(
      `a final receipt of ${generationId}`,
      async () => {
        const response = await this.get(`/generation?id=${generationId}`);
        if (response.status !== 200) return null;
        const { data } = z.object({ data: receiptSchema }).parse(await response.json());
        return data.state === 'open' ? null : data;
      },
      timeoutMs,
    );
  }

  async usage(): Promise<z.output<typeof usageSchema>['generations']> {
    const listed = await this.instance.apilink('usage', '--account', this.accountId);
    return usageSchema.parse(listed.json).generations;
  }

  /** Waits until nothing is held any more; a gate that is still away is waited for too. */
  async settled(timeoutMs = 10_000): Promise<CreditsView> {
    return eventually(
      'every hold ended',
      async () => {
        const response = await this.get('/credits');
        if (response.status === 503) return null;
        const credits = creditsOf(await response.json());
        return credits.held === 0n ? credits : null;
      },
      timeoutMs,
    );
  }
}

function creditsOf(answer: unknown): CreditsView {
  const { data } = creditsSchema.parse(answer);
  return {
    credited: BigInt(data.credited_nano_usd),
    spent: BigInt(data.spent_nano_usd),
    held: BigInt(data.held_nano_usd),
    available: BigInt(data.available_nano_usd),
  };
}

/** The id that every admitted request carries. */
export function generationOf(response: Response): string {
  return z.string().startsWith('gen_').parse(response.headers.get('x-generation-id'));
}

/** `apilink audit` must find nothing after every story. */
export async function auditDifferences(instance: Deployment): Promise<unknown> {
  const audit = await instance.apilink('audit');
  const report = z.looseObject({ ok: z.boolean(), differences: z.array(z.unknown()) }).safeParse(audit.json);
  if (!report.success) return `exit ${audit.exitCode}: ${audit.stdout}${audit.stderr}`;
  return report.data.differences;
}
