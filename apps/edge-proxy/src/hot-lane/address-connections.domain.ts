import { isLoopback, networkOf } from '../admission/address-limit.domain.js';

/** Connections of one client address that are open at once; loopback is the operator's own and unlimited. */
export class AddressConnections {
  readonly #open = new Map<string, number>();

  constructor(readonly limit: number) {}

  /** False when the address has as many as it may. Every true is followed by one `leave`. */
  enter(address: string): boolean {
    if (isLoopback(address)) return true;
    const network = networkOf(address);
    const open = this.#open.get(network) ?? 0;
    if (open >= this.limit) return false;
    this.#open.set(network, open + 1);
    return true;
  }

  leave(address: string): void {
    const network = networkOf(address);
    const open = this.#open.get(network);
    if (open === undefined) return;
    if (open <= 1) this.#open.delete(network);
    else this.#open.set(network, open - 1);
  }
}
