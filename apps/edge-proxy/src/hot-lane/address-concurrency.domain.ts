import { isLoopback, networkOf } from '../admission/address-limit.domain.js';

/** Requests of one client address that run at once; loopback is the operator's own and unlimited. */
export class AddressConcurrency {
  readonly #running = new Map<string, number>();

  constructor(readonly limit: number) {}

  /** False when the address has as many as it may. Every true is followed by one `leave`. */
  enter(address: string): boolean {
    if (isLoopback(address)) return true;
    const network = networkOf(address);
    const running = this.#running.get(network) ?? 0;
    if (running >= this.limit) return false;
    this.#running.set(network, running + 1);
    return true;
  }

  leave(address: string): void {
    const network = networkOf(address);
    const running = this.#running.get(network);
    if (running === undefined) return;
    if (running <= 1) this.#running.delete(network);
    else this.#running.set(network, running - 1);
  }
}
