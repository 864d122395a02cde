import type { LookupFunction } from 'node:net';

import { Pool } from 'undici';

import type { UpstreamCall, UpstreamClient, UpstreamHandler, UpstreamRequest } from './upstream-client.js';
import { anyAddressConnector, publicAddressConnector } from './upstream-connector.js';
import { UpstreamExchange } from './upstream-exchange.js';

export interface UndiciUpstreamOptions {
  /** Connections to one origin at most; a call beyond waits, at most `connectMs`. Default 4,096. */
  readonly connectionsPerOrigin?: number;
  /** How long an unused connection is kept; the upstream's own hint counts when it is shorter. Default 30 s. */
  readonly keepAliveMs?: number;
  /** Name resolution, for tests; default the system's. */
  readonly lookup?: LookupFunction;
}

/** A provider's heads have 1-4 KB; some front ends add 10 KB of policies. */
const HEAD_BYTES_MAX = 64 * 1024;
/** Origins that are kept; the catalog has some dozens. */
const ORIGINS_MAX = 256;
/** Running calls get this long at close; the application has drained them before. */
const CLOSE_MS_MAX = 5000;

interface Target {
  readonly pool: Pool;
  /** Of the base URL, without a slash at its end. */
  readonly prefix: string;
  /** The base URL's query, kept behind every path (`?api-version=…`). */
  readonly query: string;
}

/**
 * One undici Pool per origin, HTTP/1.1 without pipelining: one request a connection, so that cancelling one never touches
 * another. Endpoints that may reach private addresses have pools of their own; a connection is never lent across.
 */
export class UndiciUpstreamClient implements UpstreamClient {
  /** By base URL as the request writes it, so that no URL is parsed twice. */
  private readonly targets = new Map<string, Target>();
  private readonly pools = new Map<string, Pool>();
  private isClosed = false;
  private readonly publicConnector;
  private readonly anyConnector = anyAddressConnector();

  constructor(private readonly options: UndiciUpstreamOptions = {}) {
    this.publicConnector = publicAddressConnector(options.lookup);
  }

  dispatch(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const exchange = new UpstreamExchange(handler, request.timeouts);
    const target = this.isClosed ? null : this.target(request);
    if (target === null) {
      exchange.failLater(this.isClosed ? 'CLIENT_CLOSED' : 'INVALID_BASE_URL');
      return exchange;
    }
    const [first] = request.body;
    const body = request.body.length === 1 && first !== undefined ? first : Buffer.concat(request.body);
    const path = target.prefix + withQuery(request.path, target.query);
    const headers = [...request.headers];
    exchange.begin(() => {
      target.pool.dispatch({ path, method: 'POST', headers, body, headersTimeout: 0, bodyTimeout: 0 }, exchange);
    });
    return exchange;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const pools = [...this.pools.values()];
    this.pools.clear();
    this.targets.clear();
    const closed = Promise.all(pools.map(async (pool) => pool.close()));
    let timer: NodeJS.Timeout | null = null;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS_MAX, 'late');
    });
    const first = await Promise.race([closed, late]);
    if (timer !== null) clearTimeout(timer);
    if (first === 'late') await Promise.all(pools.map(async (pool) => pool.destroy()));
  }

  private target(request: UpstreamRequest): Target | null {
    const key = request.allowPrivateAddress ? `any ${request.baseUrl}` : request.baseUrl;
    const known = this.targets.get(key);
    if (known !== undefined) return known;
    const url = URL.parse(request.baseUrl);
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
    const pool = this.pool(url.origin, request.allowPrivateAddress);
    const target = { pool, prefix: url.pathname.replace(/\/+$/, ''), query: url.search };
    this.targets.set(key, target);
    return target;
  }

  private pool(origin: string, allowPrivateAddress: boolean): Pool {
    const key = allowPrivateAddress ? `any ${origin}` : origin;
    const known = this.pools.get(key);
    if (known !== undefined) return known;
    if (this.pools.size >= ORIGINS_MAX) this.forgetOldest();
    const pool = new Pool(origin, {
      connections: this.options.connectionsPerOrigin ?? 4096,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: this.options.keepAliveMs ?? 30_000,
      maxHeaderSize: HEAD_BYTES_MAX,
      connect: allowPrivateAddress ? this.anyConnector : this.publicConnector,
    });
    this.pools.set(key, pool);
    return pool;
  }

  /** The catalog changed so often that its old origins are in the way; running calls end as they are. */
  private forgetOldest(): void {
    for (const [key, pool] of this.pools) {
      this.pools.delete(key);
      for (const [baseUrl, target] of this.targets) if (target.pool === pool) this.targets.delete(baseUrl);
      void pool.close();
      return;
    }
  }
}

/** A path may bring a query of its own. */
function withQuery(path: string, query: string): string {
  return query !== '' && path.includes('?') ? `${path}&${query.slice(1)}` : path + query;
}
