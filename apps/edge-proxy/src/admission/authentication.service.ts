import { encodeWireId, type ErrorCode } from '@apilink/contracts';
import type { GateKeyIdentity, HoldStore } from '@apilink/holds';
import { ApiError, bearerToken, checkApiKey, hashApiKey } from '@apilink/service';
import type { IncomingHttpHeaders } from 'node:http';

import type { AddressLimit } from './address-limit.domain.js';
import type { BillingClient } from './billing.client.js';
import { RecentlyUsed } from './key-cache.domain.js';

const KEYS_MAX = 50_000;
/** What is remembered of a key is asked anew after this long, beside the request: its account's time zone may change. */
const REFRESH_MS = 10_000;
/** Nothing is remembered as unknown for longer: a key that was just created must work. */
const UNKNOWN_MS = 1_000;
const UNKNOWN_MAX = 10_000;

/** Whose key it is. Status and limits are not here: the admission brings them fresh. */
export interface KeyIdentity extends GateKeyIdentity {
  /** The ids as events carry them. */
  readonly wire: { readonly account: string; readonly workspace: string; readonly key: string };
}

interface Known {
  readonly identity: KeyIdentity;
  /** When the gate is asked again, ms on our clock. */
  refreshAt: number;
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
  readonly #known = new RecentlyUsed<Known>(KEYS_MAX);
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
    const known = this.#known.get(keyHash);
    if (known === undefined) return this.#lookUp(keyHash, caller.address);
    if (this.now() >= known.refreshAt) void this.#refresh(keyHash, known);
    return known.identity;
  }

  /** No request waits for it, and nothing is forgotten when the gate is away or lacks the key for now. */
  async #refresh(keyHash: string, known: Known): Promise<void> {
    known.refreshAt = this.now() + REFRESH_MS;
    try {
      const found = await this.store.findKey(keyHash);
      if (found !== null && found.timeZone !== known.identity.timeZone) this.#remember(keyHash, found);
    } catch {
      // Asked again in a while.
    }
  }

  async #lookUp(keyHash: string, address: string): Promise<KeyIdentity> {
    if ((this.#unknownUntil.get(keyHash) ?? 0) > this.now()) throw new ApiError('unknown_api_key');
    const running = this.#running.get(keyHash);
    if (running === undefined && !this.unknownKeys.take(address, this.now())) throw new ApiError('rate_limit_address');
    const giveBack = (): void => {
      if (running === undefined) this.unknownKeys.giveBack(address);
    };
    let identity: KeyIdentity | null;
    try {
      identity = await (running ?? this.#ask(keyHash));
    } catch (error) {
      // Nobody could tell: a good key's owner goes on being told that it is our fault.
      giveBack();
      throw error;
    }
    if (identity !== null) {
      // The limit is for keys that nobody has: first requests of a good one must not use it up.
      giveBack();
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
    return found === null ? null : this.#remember(keyHash, found);
  }

  #remember(keyHash: string, found: GateKeyIdentity): KeyIdentity {
    const wire = {
      account: encodeWireId('acc', found.accountId),
      workspace: encodeWireId('ws', found.workspaceId),
      key: encodeWireId('key', found.keyId),
    };
    const identity = { ...found, wire };
    this.#known.set(keyHash, { identity, refreshAt: this.now() + REFRESH_MS });
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
