import type { Call } from '@apilink/dialects';
import { upstreamCall, upstreamQuirks, type UpstreamClient } from '@apilink/providers';

import type { EndpointCredentials } from '../routing-table/endpoint-credentials.service.js';
import type { RoutedEndpoint } from '../routing-table/routed-model.domain.js';
import { toldInputTokens, type CountRoute } from './count-route.domain.js';

/** A client waits for a figure; an estimate at once is worth more than the exact one late. */
const ANSWER_MS = 5_000;
const CONNECT_MS = 2_000;
const BODY_BYTES_MAX = 64 * 1024;

/** Asks one endpoint how many tokens a prompt has. */
export class UpstreamCountClient {
  constructor(
    private readonly upstream: UpstreamClient,
    private readonly credentials: EndpointCredentials,
  ) {}

  /** Null when it does not tell, whatever the reason. Never rejects. */
  async ask(call: Call, route: CountRoute, endpoint: RoutedEndpoint): Promise<number | null> {
    const { dialect, operation } = route;
    const [credential = null] = this.credentials.usable(endpoint);
    const request = call.request({
      dialect,
      model: endpoint.upstreamModel,
      maxTokens: null,
      maxOutputTokens: endpoint.maxOutputTokens,
      traits: upstreamQuirks(endpoint),
    });
    const parts = upstreamCall({
      endpoint,
      dialect,
      stream: false,
      operation,
      secret: this.credentials.secretOf(credential),
      request,
    });
    const body = await this.#answer({
      ...parts,
      timeouts: { connectMs: CONNECT_MS, firstByteMs: ANSWER_MS, idleMs: ANSWER_MS },
      allowPrivateAddress: endpoint.allowPrivateAddress,
    });
    return body === null ? null : toldInputTokens(body);
  }

  async #answer(request: Parameters<UpstreamClient['dispatch']>[0]): Promise<Buffer | null> {
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const call = this.upstream.dispatch(request, {
        onHead: (status) => {
          if (status === 200) return;
          resolve(null);
          // Not yet known while the call is being made.
          queueMicrotask(() => call.cancel());
        },
        onData: (chunk) => {
          bytes += chunk.length;
          if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
          return true;
        },
        onEnd: () => resolve(bytes <= BODY_BYTES_MAX ? Buffer.concat(chunks) : null),
        onError: () => resolve(null),
      });
    });
  }
}
