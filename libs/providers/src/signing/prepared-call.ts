import type { UpstreamCall, UpstreamFailure, UpstreamHandler } from '../upstream-client.js';
import { CredentialRefusedError } from './google-tokens.js';

/** The upstream itself would say it so; whoever reads it takes the next credential. */
const REFUSED_STATUS = 401;
const refusedBody = Buffer.from('{"error":{"message":"the credential was refused","type":"authentication_error"}}');

/**
 * A call whose request is still being prepared. It can be cancelled at any time, and its handler hears nothing after that,
 * whatever becomes of the preparation. The time to connect runs from the start.
 */
export class PreparedCall implements UpstreamCall {
  private call: UpstreamCall | null = null;
  private isOver = false;
  private isCancelled = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly handler: UpstreamHandler,
    connectMs: number,
  ) {
    this.timer = setTimeout(() => {
      this.fail({ class: 'connect_error', code: 'TIMEOUT' });
    }, connectMs);
  }

  /** Dispatches what `prepare` gives. */
  begin<Prepared>(prepare: () => Promise<Prepared>, dispatch: (prepared: Prepared) => UpstreamCall): void {
    void this.run(prepare, dispatch);
  }

  private async run<Prepared>(
    prepare: () => Promise<Prepared>,
    dispatch: (prepared: Prepared) => UpstreamCall,
  ): Promise<void> {
    try {
      const prepared = await prepare();
      if (this.isOver) return;
      clearTimeout(this.timer);
      this.call = dispatch(prepared);
    } catch (error) {
      if (error instanceof CredentialRefusedError) this.refuse();
      else this.fail({ class: 'connect_error', code: 'NO_CREDENTIALS' });
    }
  }

  cancel(): void {
    this.isCancelled = true;
    this.end();
    this.call?.cancel();
  }

  resume(): void {
    this.call?.resume();
  }

  private refuse(): void {
    if (this.isOver) return;
    this.end();
    const { handler } = this;
    const steps = [
      (): unknown => handler.onSent?.(),
      (): unknown => handler.onHead(REFUSED_STATUS, { 'content-type': 'application/json' }),
      (): unknown => handler.onData(refusedBody),
      (): unknown => handler.onEnd(),
    ];
    for (const step of steps) if (!this.isCancelled) step();
  }

  private fail(failure: UpstreamFailure): void {
    if (this.isOver) return;
    this.end();
    this.handler.onError(failure);
  }

  private end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }
}
