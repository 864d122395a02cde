import { errors, type Dispatcher } from 'undici';

import type { UpstreamCall, UpstreamFailureClass, UpstreamHandler, UpstreamTimeouts } from './upstream-client.js';

/** Made once: a mass disconnect must not build a stack trace per call. */
const cancelled = new Error('the call was cancelled');
const timedOut = new Error('the upstream was silent for too long');

/** The clock of a running body goes in so many parts, so that an event need not set it back: it is that much too late. */
const IDLE_PARTS = 16;

type Phase = 'connecting' | 'sent' | 'head' | 'body' | 'over';

/** One call: turns undici's callbacks into the handler's, watches the time of each phase, names what went wrong. */
export class UpstreamExchange implements Dispatcher.DispatchHandler, UpstreamCall {
  private phase: Phase = 'connecting';
  private controller: Dispatcher.DispatchController | null = null;
  private timer: NodeJS.Timeout | null = null;
  private paused = false;
  private isBeginning = false;
  /** Bytes came since the idle clock was looked at. */
  private hasHeard = false;
  private silentParts = 0;

  constructor(
    private readonly handler: UpstreamHandler,
    private readonly timeouts: UpstreamTimeouts,
  ) {
    this.watch(timeouts.connectMs);
  }

  cancel(): void {
    if (this.phase === 'over') return;
    this.endPhases();
    this.controller?.abort(cancelled);
  }

  resume(): void {
    if (!this.paused || this.phase === 'over') return;
    this.paused = false;
    this.watchIdle();
    this.controller?.resume();
  }

  /** undici tells some faults while it is being called; the handler hears of them when its caller is done. */
  begin(dispatch: () => void): void {
    this.isBeginning = true;
    dispatch();
    this.isBeginning = false;
  }

  /** For faults before undici takes the call; never on the caller's own stack. */
  failLater(code: string): void {
    process.nextTick(() => {
      this.fail('connect_error', code);
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.phase === 'over') {
      controller.abort(cancelled);
      return;
    }
    this.controller = controller;
    this.phase = 'sent';
    this.watch(this.timeouts.firstByteMs);
    this.handler.onSent?.();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // Informational heads (103) come before the real one.
    if (this.phase === 'over' || status < 200) return;
    this.phase = 'head';
    this.handler.onHead(status, joined(headers));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.phase === 'over') return;
    if (this.phase === 'head') {
      this.phase = 'body';
      this.watchIdle();
    }
    this.hasHeard = true;
    const goesOn = this.handler.onData(chunk);
    if (goesOn || this.isOver()) return;
    // Silence that we asked for is not the upstream's.
    this.paused = true;
    this.watch(0);
    controller.pause();
  }

  onResponseEnd(): void {
    if (this.phase === 'over') return;
    this.endPhases();
    this.handler.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.phase === 'over') return;
    if (this.isBeginning) this.failLater(codeOf(error));
    else this.fail(classOf(this.phase, error), codeOf(error));
  }

  /** A method, since callbacks change the phase behind the checker's back. */
  private isOver(): boolean {
    return this.phase === 'over';
  }

  /** Starts the clock of a phase afresh; 0 = none. */
  private watch(limitMs: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = limitMs > 0 ? setTimeout(expire, limitMs, this) : null;
  }

  private watchIdle(): void {
    this.hasHeard = false;
    this.silentParts = 0;
    this.watch(this.timeouts.idleMs / IDLE_PARTS);
  }

  /** True when the body has been silent for the whole of its time. */
  private isIdle(): boolean {
    this.silentParts = this.hasHeard ? 0 : this.silentParts + 1;
    this.hasHeard = false;
    return this.silentParts >= IDLE_PARTS;
  }

  expire(): void {
    if (this.phase === 'over') return;
    if (this.phase === 'body' && !this.isIdle()) {
      this.timer?.refresh();
      return;
    }
    const { phase, controller } = this;
    const isSilent = phase === 'sent' || phase === 'head';
    this.fail(phase === 'connecting' ? 'connect_error' : isSilent ? 'first_token_timeout' : 'idle_timeout', 'TIMEOUT');
    controller?.abort(timedOut);
  }

  private fail(failure: UpstreamFailureClass, code: string): void {
    if (this.phase === 'over') return;
    this.endPhases();
    this.handler.onError({ class: failure, code });
  }

  private endPhases(): void {
    this.phase = 'over';
    this.watch(0);
  }
}

function expire(exchange: UpstreamExchange): void {
  exchange.expire();
}

function classOf(phase: Phase, error: Error): UpstreamFailureClass {
  if (phase === 'connecting') return 'connect_error';
  if (phase === 'body' || phase === 'head') return 'cut';
  const isNotHttp = error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError;
  return isNotHttp ? 'malformed' : 'reset';
}

/** The system's code where there is one; the class' name never holds anything of the request. */
function codeOf(error: Error): string {
  const code: unknown = 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : error.name;
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  const plain: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) plain[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return plain;
}
