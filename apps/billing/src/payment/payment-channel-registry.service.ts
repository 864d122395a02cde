import { ApiError } from '@apilink/service';

import type { CheckoutDesk, PaymentChannel } from './payment-channel.domain.js';

/** A channel together with its checkout. */
export interface CheckoutChannel {
  readonly channel: PaymentChannel;
  readonly desk: CheckoutDesk;
}

/** The channels of this installation, by id. */
export class PaymentChannels {
  readonly #channels: ReadonlyMap<string, PaymentChannel>;

  constructor(channels: readonly PaymentChannel[]) {
    this.#channels = new Map(channels.map((channel) => [channel.id, channel]));
  }

  get ids(): readonly string[] {
    return [...this.#channels.keys()];
  }

  find(id: string): PaymentChannel | null {
    return this.#channels.get(id) ?? null;
  }

  /** @throws ApiError `channel_not_enabled` */
  named(id: string): PaymentChannel {
    const channel = this.find(id);
    if (channel !== null) return channel;
    throw new ApiError('channel_not_enabled', { param: 'channel', detail: `${id}; enabled are ${this.#listed()}` });
  }

  /** One that has a checkout. @throws ApiError `channel_not_enabled`, `invalid_parameter` */
  withCheckout(id: string): CheckoutChannel {
    const channel = this.named(id);
    const { checkouts } = channel;
    if (checkouts === null) {
      throw new ApiError('invalid_parameter', {
        param: 'channel',
        detail: `${id} has no checkout: money comes by itself`,
      });
    }
    return { channel, desk: checkouts };
  }

  #listed(): string {
    return this.ids.length === 0 ? 'none' : this.ids.join(', ');
  }
}
