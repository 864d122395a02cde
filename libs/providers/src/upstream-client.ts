/** How long each phase of one call may take, milliseconds. */
export interface UpstreamTimeouts {
  /** From dispatch to a connection that the request is written to; waiting for a free one counts. */
  readonly connectMs: number;
  /** From the request written to the first byte of the body, the head included; 0 = no limit. */
  readonly firstByteMs: number;
  /** Between two reads of the body; does not run while the caller has paused; 0 = no limit. */
  readonly idleMs: number;
}

/** Authentication that needs the whole request, or a token that has to be fetched. */
export type UpstreamAuthentication =
  | {
      /** Signature Version 4 over the request. */
      readonly kind: 'aws';
      readonly region: string;
      readonly service: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string | null;
    }
  | {
      /** An access token of Google's, for the document of a key or the path of one. */
      readonly kind: 'google';
      readonly credential: string;
    };

export interface UpstreamRequest {
  /** Scheme, host and path prefix, with or without a slash at its end. */
  readonly baseUrl: string;
  /** Path below the base URL, for example `/chat/completions`. */
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: readonly Buffer[];
  readonly timeouts: UpstreamTimeouts;
  /** What is done to the request when it is sent; null or absent when its headers say all. */
  readonly authentication?: UpstreamAuthentication | null;
  /** How the answer's body is framed; event streams of AWS are handed on as text/event-stream. Default `plain`. */
  readonly framing?: 'plain' | 'aws-event-stream';
  /** Private, loopback and link-local addresses are refused unless the operator allowed them for this endpoint. */
  readonly allowPrivateAddress: boolean;
}

/**
 * - `connect_error`: no connection, TLS failed, the address was refused, or no connection was free in time.
 * - `reset`: the connection broke before the head.
 * - `first_token_timeout`: silence up to the first byte of the body.
 * - `idle_timeout`: silence in the body.
 * - `cut`: the connection broke in the body.
 * - `malformed`: not HTTP, or a head above the limit.
 */
export type UpstreamFailureClass =
  'connect_error' | 'reset' | 'first_token_timeout' | 'idle_timeout' | 'cut' | 'malformed';

export interface UpstreamFailure {
  readonly class: UpstreamFailureClass;
  /** The system's code (`ECONNREFUSED`), for the log; never for a client. */
  readonly code: string;
}

/** Called on the event loop, in order: onSent, onHead, onData…, then exactly one of onEnd and onError. Nothing after cancel(). */
export interface UpstreamHandler {
  /** A connection is there and the request is being written to it: from here on the upstream may have seen it. */
  onSent?(): void;
  /** Header names in lower case; repeated ones joined by `, `. Redirects arrive here as their 3xx status. */
  onHead(status: number, headers: Readonly<Record<string, string>>): void;
  /** false = pause until `resume()`. The chunk is the caller's from then on. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onError(failure: UpstreamFailure): void;
}

export interface UpstreamCall {
  /** Stops the call at once; its connection is closed, the handler hears nothing more. Harmless when it has ended. */
  cancel(): void;
  resume(): void;
}

/** Sends one POST to an upstream. Never throws and never rejects: every fault reaches `onError`. */
export interface UpstreamClient {
  dispatch(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
  /** Waits for running calls, then closes all connections. */
  close(): Promise<void>;
}
