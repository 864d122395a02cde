import { hash } from 'node:crypto';

import { accountIdSchema, billingApi, paymentsApi, type AccountId } from '@apilink/contracts';
import { z } from 'zod';

import type { FirstKeyBilling } from './first-key.service.js';

const requestTimeoutMs = 30_000;

export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(
    url: string,
    readonly status: number,
    readonly body: string,
  ) {
    super(`${url} answered ${status}: ${body}`);
  }
}

/** What the composition asks of billing, as the operator, over HTTP like everybody else. */
export class BillingClient implements FirstKeyBilling {
  private constructor(
    private readonly origin: string,
    private readonly accessToken: string,
    /** The same at every start of this installation, so that its first account is created once. */
    private readonly requestKey: string,
  ) {}

  static async signIn(origin: string, operatorToken: string): Promise<BillingClient> {
    const url = `${origin}/api/billing/v1/operator-sessions`;
    const session = await ask(url, billingApi.operatorSessionReplySchema, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ operatorToken }),
    });
    const requestKey = `first-account-${hash('sha256', operatorToken, 'hex').slice(0, 32)}`;
    return new BillingClient(origin, session.accessToken, requestKey);
  }

  /** Null = there is no such account. */
  async account(id: AccountId) {
    const path = `/accounts/${z.encode(accountIdSchema, id)}`;
    try {
      return await this.#ask(path, billingApi.accountSchema);
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404) return null;
      throw error;
    }
  }

  /** One page of accounts. */
  async accounts() {
    return (await this.#ask('/accounts?limit=500', billingApi.accountPageSchema)).accounts;
  }

  async createAccount(name: string) {
    const account = { name, requestKey: this.requestKey };
    try {
      return await this.#ask('/accounts', billingApi.accountSchema, { ...account, withFreeCredit: true });
    } catch (error) {
      // The budget of the day is spent, or zero: an account without credit is better than none.
      if (!(error instanceof RefusedError) || error.status !== 403) throw error;
      return this.#ask('/accounts', billingApi.accountSchema, { ...account, withFreeCredit: false });
    }
  }

  /** A sandbox checkout. Rejects with RefusedError. */
  async createTopup(topup: Omit<z.output<typeof paymentsApi.topupCreateSchema>, 'channel'>) {
    const body = z.encode(paymentsApi.topupCreateSchema, { ...topup, channel: 'sandbox' });
    return this.#ask('/topups', paymentsApi.topupSchema, body);
  }

  async keys(account: AccountId) {
    const path = `/accounts/${z.encode(accountIdSchema, account)}/keys`;
    return (await this.#ask(path, billingApi.apiKeyListSchema)).keys;
  }

  async createKey(account: AccountId, name: string) {
    const path = `/accounts/${z.encode(accountIdSchema, account)}/keys`;
    return this.#ask(path, billingApi.apiKeyCreatedSchema, { name });
  }

  async #ask<Schema extends z.ZodType>(path: string, schema: Schema, body?: object): Promise<z.output<Schema>> {
    const authorization = `Bearer ${this.accessToken}`;
    const post = { method: 'POST', headers: { authorization, 'content-type': 'application/json' } };
    const init = body === undefined ? { headers: { authorization } } : { ...post, body: JSON.stringify(body) };
    return ask(`${this.origin}/api/billing/v1${path}`, schema, init);
  }
}

async function ask<Schema extends z.ZodType>(
  url: string,
  schema: Schema,
  init: RequestInit,
): Promise<z.output<Schema>> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(requestTimeoutMs) });
  if (!response.ok) throw new RefusedError(url, response.status, await response.text());
  return schema.parse(await response.json());
}
