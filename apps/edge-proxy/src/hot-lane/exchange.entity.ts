import type { IncomingMessage, ServerResponse } from 'node:http';

import type { GateFigures } from '@apilink/holds';

import type { KeyIdentity } from '../admission/authentication.service.js';
import type { ClientConnection } from './client-connection.entity.js';

/** One HTTP exchange of the hot lane: the one context object of its steps up to the admission. */
export class Exchange {
  /** From authentication on. */
  identity: KeyIdentity | null = null;
  /** From the first answer of the gate on. */
  figures: GateFigures | null = null;
  /** On the monotonic clock. */
  bodyReadAt = 0;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly connection: ClientConnection,
    readonly requestId: string,
    /** The path, for the lane's own routes. */
    readonly route: string,
  ) {}
}
