import { anyAddressConnector, PrivateAddressError, publicAddressConnector } from '@apilink/providers';
import { errorCode } from '@apilink/service';
import { Agent, request } from 'undici';

import type { AttemptResult } from './webhook.domain.js';

/** From the connection to the end of the answer. */
const TIMEOUT_MS = 15_000;
/** Nothing in an answer counts but its status; more than this is not read. */
const ANSWER_BYTES_MAX = 64 * 1024;
const CONNECTIONS_MAX = 4;

/** One HTTP request of a delivery, body and headers as they are signed. */
export interface WebhookRequest {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WebhookSender {
  send(request: WebhookRequest): Promise<AttemptResult>;
}

/**
 * Brings events to addresses that customers name: to public ones alone, whatever a name resolves to at that moment, no
 * redirect is followed, and nothing waits longer than 15 s.
 */
export class WebhookClient implements WebhookSender {
  readonly #agent: Agent;

  constructor(
    privateAddresses: 'refuse' | 'allow',
    private readonly now: () => number,
  ) {
    const connect = privateAddresses === 'allow' ? anyAddressConnector() : publicAddressConnector();
    this.#agent = new Agent({
      connect,
      connections: CONNECTIONS_MAX,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
  }

  async send({ url, body, headers }: WebhookRequest): Promise<AttemptResult> {
    const startedAt = this.now();
    const durationMs = (): number => Math.max(0, Math.round(this.now() - startedAt));
    try {
      const answer = await request(url, {
        method: 'POST',
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'ApiLink-Webhooks/1' },
        body,
      });
      await answer.body.dump({ limit: ANSWER_BYTES_MAX });
      return { kind: 'answered', status: answer.statusCode, durationMs: durationMs() };
    } catch (error) {
      return { kind: 'failed', error: sentenceOf(error), durationMs: durationMs() };
    }
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}

/** For people; it never tells what was found behind an address. */
function sentenceOf(error: unknown): string {
  if (error instanceof PrivateAddressError) return 'its address is not a public one';
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : '';
  if (name === 'TimeoutError' || name === 'AbortError') return `no answer within ${TIMEOUT_MS / 1_000} s`;
  const code = errorCode(error);
  return code === '' ? 'the connection failed' : `the connection failed (${code})`;
}
