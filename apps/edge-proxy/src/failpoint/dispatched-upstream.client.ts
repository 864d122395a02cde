import type { UpstreamCall, UpstreamClient, UpstreamHandler, UpstreamRequest } from '@apilink/providers';
import { noFailpoints, type Failpoints } from '@apilink/service';

/** The client itself where no failpoint is named: nothing stands in the way of a request then. */
export function withFailpoints(upstream: UpstreamClient, failpoints: Failpoints): UpstreamClient {
  return failpoints === noFailpoints ? upstream : new DispatchedUpstream(upstream, failpoints);
}

/** Reaches `relay.dispatched` once the bytes of a request have left the process. */
class DispatchedUpstream implements UpstreamClient {
  constructor(
    private readonly upstream: UpstreamClient,
    private readonly failpoints: Failpoints,
  ) {}

  dispatch(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    return this.upstream.dispatch(request, {
      onSent: () => {
        handler.onSent?.();
        setImmediate(() => this.failpoints.reach('relay.dispatched'));
      },
      onHead: (status, headers) => handler.onHead(status, headers),
      onData: (chunk) => handler.onData(chunk),
      onEnd: () => handler.onEnd(),
      onError: (failure) => handler.onError(failure),
    });
  }

  async close(): Promise<void> {
    return this.upstream.close();
  }
}
