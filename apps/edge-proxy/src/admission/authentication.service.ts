import { encodeWireId, type ErrorCode } from '@apilink/contracts';
import type { GateKeyIdentity, HoldStore } from '@apilink/holds';
import { ApiError, bearerToken, checkApiKey, hashApiKey } from '@apilink/service';
import type { IncomingHttpHeaders } from 'node:http';

import type { AddressLimit } from './address-limit.domain.js';
import type { BillingClient } from './billing.client.js';
import { RecentlyUsed } from './key-cache.domain.js';

const KEYS_MAX = 50_000;
/** Nothing is remembered as unknown for longer: a key that was just created must work. */
const UNKNOWN_MS = 1_000;
const UNKNOWN_MAX = 10_000;

/** Whose key it is. Status and limits are not here: the admission brings them fresh. */
export interface KeyIdentity extends GateKeyIdentity {
  /** The ids as events carry them. */
  readonly wire: { readonly account: string; readonly workspace: string; readonly key: string };
}

export interface Caller {
  readonly headers: IncomingHttpHeaders;
  readonly address: string;
}

/**
 * Tells whose API key a request carries. A key that cannot be one costs no look-up; a known one costs a hash; an unknown
 * one costs a look-up in the gate and, when the gate lacks it, one in billing, whose *no such key* alone is a 401.
 */
export class AuthenticationService {
  readonly #known = new RecentlyUsed<KeyIdentity>(KEYS_MAX);
  readonly #unknownUntil = new RecentlyUsed<number>(UNKNOWN_MAX);
  readonly #running = new Map<string, Promise<KeyIdentity | null>>();

  constructor(
    private readonly store: HoldStore,
    private readonly billing: BillingClient,
    private readonly unknownKeys: AddressLimit,
    private readonly now: () => number,
  ) {}

  /** The identity at once when the key was used lately, else a promise of it. Throws or rejects with an ApiError. */
  authenticate(caller: Caller): KeyIdentity | Promise<KeyIdentity> {
    const apiKey = apiKeyOf(caller.headers);
    if (apiKey === null) throw new ApiError('missing_api_key');
    if (checkApiKey(apiKey) === 'malformed') throw new ApiError('malformed_api_key');
    const keyHash = hashApiKey(apiKey);
    return this.#known.get(keyHash) ?? this.#lookUp(keyHash, caller.address);
  }

  async #lookUp(keyHash: string, address: string): Promise<KeyIdentity> {
    if ((this.#unknownUntil.get(keyHash) ?? 0) > this.now()) throw new ApiError('unknown_api_key');
    const running = this.#running.get(keyHash);
    if (running === undefined && !this.unknownKeys.take(address, this.now())) throw new ApiError('rate_limit_address');
    const identity = await (running ?? this.#ask(keyHash));
    if (identity !== null) {
      // The limit is for keys that nobody has: first requests of a good one must not use it up.
      if (running === undefined) this.unknownKeys.giveBack(address);
      return identity;
    }
    this.#unknownUntil.set(keyHash, this.now() + UNKNOWN_MS);
    throw new ApiError('unknown_api_key');
  }

  #ask(keyHash: string): Promise<KeyIdentity | null> {
    const question = this.#find(keyHash).finally(() => this.#running.delete(keyHash));
    this.#running.set(keyHash, question);
    return question;
  }

  async #find(keyHash: string): Promise<KeyIdentity | null> {
    const found = await this.#ours(async () => (await this.store.findKey(keyHash)) ?? this.billing.findKey(keyHash));
    if (found === null) return null;
    const wire = {
      account: encodeWireId('acc', found.accountId),
      workspace: encodeWireId('ws', found.workspaceId),
      key: encodeWireId('key', found.keyId),
    };
    const identity = { ...found, wire };
    this.#known.set(keyHash, identity);
    return identity;
  }

  /** Whatever fails here is on our side: never a 401. */
  async #ours<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask();
    } catch (error) {
      throw new ApiError(unavailable, {}, error);
    }
  }
}

const unavailable: ErrorCode = 'billing_unavailable';

function apiKeyOf(headers: IncomingHttpHeaders): string | null {
  const bearer = bearerToken(headers.authorization);
  if (bearer !== null) return bearer;
  const direct = headers['x-api-key'] ?? headers['x-goog-api-key'];
  return typeof direct === 'string' && direct !== '' ? direct : null;
}
