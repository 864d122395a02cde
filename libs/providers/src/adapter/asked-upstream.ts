import type { Dialect } from '@apilink/contracts';
import type { CallRequest } from '@apilink/dialects';

import type { QuirkyEndpoint } from '../upstream-quirks.js';

/** What beside an answer a dialect can be asked for: another path below the same base URL. */
export type UpstreamOperation = 'count_tokens' | 'input_tokens' | 'compact' | 'edits';

export interface AskedUpstream {
  readonly endpoint: QuirkyEndpoint;
  readonly dialect: Dialect;
  readonly stream: boolean;
  /** Null for the dialect's own: an answer. */
  readonly operation?: UpstreamOperation | null;
  /** Of the credential; empty where none is needed. */
  readonly secret: string;
  /** What the dialect wrote for this endpoint. */
  readonly request: CallRequest;
}
