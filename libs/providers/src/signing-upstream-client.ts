import { EventFrameHandler } from './framing/event-frame-handler.js';
import { awsSignedHeaders } from './signing/aws-signature.js';
import { GoogleTokens } from './signing/google-tokens.js';
import { PreparedCall } from './signing/prepared-call.js';
import type { UpstreamCall, UpstreamClient, UpstreamHandler, UpstreamRequest } from './upstream-client.js';

export interface SigningUpstreamOptions {
  readonly tokens?: GoogleTokens;
  /** The wall clock, ms. */
  readonly now?: () => number;
}

/**
 * Does in front of another client what only the moment of sending can do: signs requests to AWS, fetches tokens of Google's,
 * and behind it turns AWS's event streams into server-sent events. A request that needs none of it passes untouched.
 */
export class SigningUpstreamClient implements UpstreamClient {
  private readonly tokens: GoogleTokens;
  private readonly now: () => number;

  constructor(
    private readonly inner: UpstreamClient,
    { tokens = new GoogleTokens(), now = Date.now }: SigningUpstreamOptions = {},
  ) {
    this.tokens = tokens;
    this.now = now;
  }

  dispatch(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const isFramed = request.framing === 'aws-event-stream';
    if (!isFramed) return this.send(request, handler);
    const sent: { call: UpstreamCall | null } = { call: null };
    const framed = new EventFrameHandler(handler, () => sent.call?.cancel());
    sent.call = this.send(request, framed);
    return sent.call;
  }

  async close(): Promise<void> {
    await this.inner.close();
  }

  private send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const authentication = request.authentication ?? null;
    if (authentication === null) return this.inner.dispatch(request, handler);
    const call = new PreparedCall(handler, request.timeouts.connectMs);
    call.begin(
      async () => this.headers(request, authentication),
      (headers) => this.inner.dispatch({ ...request, headers }, handler),
    );
    return call;
  }

  private async headers(
    request: UpstreamRequest,
    authentication: NonNullable<UpstreamRequest['authentication']>,
  ): Promise<readonly string[]> {
    if (authentication.kind === 'aws') return awsSignedHeaders(request, authentication, new Date(this.now()));
    const token = await this.tokens.token(authentication.credential);
    return [...request.headers, 'authorization', `Bearer ${token}`];
  }
}
