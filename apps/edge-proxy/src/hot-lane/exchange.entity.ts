import type { IncomingMessage, ServerResponse } from 'node:http';

import { skinOf, type ErrorSkin } from '@apilink/contracts';
import type { GateFigures } from '@apilink/holds';

import type { KeyIdentity } from '../admission/authentication.service.js';
import type { CallRoute } from '../call/call-route.domain.js';
import type { KeptCall } from '../keeping/kept-call.entity.js';
import type { ClientConnection } from './client-connection.entity.js';

export interface CallAddress {
  /** Without its query. */
  readonly path: string;
  /** Null where no call is made: a quote, or a connection that is turned away. */
  readonly route: CallRoute | null;
}

/** One HTTP exchange of the hot lane: the one context object of its steps up to the admission. */
export class Exchange {
  /** From authentication on. */
  identity: KeyIdentity | null = null;
  /** From the first answer of the gate on. */
  figures: GateFigures | null = null;
  /** On the monotonic clock. */
  bodyReadAt = 0;
  /** What its call keeps or names; null for nearly all. */
  kept: KeptCall | null = null;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly connection: ClientConnection,
    readonly requestId: string,
    private readonly address: CallAddress,
  ) {}

  get path(): string {
    return this.address.path;
  }

  /** The form of its errors, and of the headers that only some clients read. */
  get skin(): ErrorSkin {
    return skinOf(this.address.path);
  }

  get route(): CallRoute | null {
    return this.address.route;
  }
}
