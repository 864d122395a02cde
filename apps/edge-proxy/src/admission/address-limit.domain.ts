import { RecentlyUsed } from './key-cache.domain.js';

/** Addresses remembered at once: a flood from more of them forgets the oldest. */
const ADDRESSES_MAX = 20_000;

/**
 * A token bucket per client address, for what costs a look-up and is free for the sender: unknown API keys. IPv6
 * clients own whole /64 networks, so that is what is counted.
 */
export class AddressLimit {
  readonly #buckets = new RecentlyUsed<{ tokens: number; at: number }>(ADDRESSES_MAX);

  constructor(private readonly perMinute: number) {}

  /** Takes one; false when the address has used up its minute. */
  take(address: string, nowMs: number): boolean {
    const key = networkOf(address);
    const known = this.#buckets.get(key);
    const refilled =
      known === undefined ? this.perMinute : known.tokens + ((nowMs - known.at) * this.perMinute) / 60_000;
    const tokens = Math.min(this.perMinute, refilled);
    if (tokens < 1) {
      this.#buckets.set(key, { tokens, at: nowMs });
      return false;
    }
    this.#buckets.set(key, { tokens: tokens - 1, at: nowMs });
    return true;
  }

  /** What was taken last turned out to be no reason to count it. */
  giveBack(address: string): void {
    const key = networkOf(address);
    const known = this.#buckets.get(key);
    if (known !== undefined) this.#buckets.set(key, { ...known, tokens: known.tokens + 1 });
  }
}

/** The address itself, an IPv4-mapped one without its prefix, or the /64 network of an IPv6 address. */
export function networkOf(address: string): string {
  if (address.startsWith('::ffff:')) return address.slice(7);
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::', 2);
  const groups = groupsOf(head);
  const missing = address.includes('::') ? 8 - groups.length - groupsOf(tail).length : 0;
  const whole = [...groups, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...groupsOf(tail)];
  return `${whole.slice(0, 4).join(':')}::/64`;
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':');
}

export function isLoopback(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  return plain === '::1' || plain.startsWith('127.');
}
