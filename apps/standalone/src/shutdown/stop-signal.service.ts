/** The part of `process` that asks for an end. */
export interface SignalSource {
  on(event: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'disconnect', handle: () => void): unknown;
}

export interface StopHandlers {
  /** The first time. */
  readonly onStop: () => void;
  /** Asked again while stopping: the person does not want to wait. */
  readonly onAgain: () => void;
}

/**
 * One Ctrl-C arrives up to three times: from the terminal, from npm and from bootstrap, each passing its copy on. What
 * comes this soon after the first is the same press.
 */
export const samePressMs = 2_000;

/** Signals, and the end of the process that started us (its channel closes). */
export function listenForStop(source: SignalSource, { onStop, onAgain }: StopHandlers, now = Date.now): void {
  let firstAt: number | null = null;
  const handle = (): void => {
    if (firstAt === null) {
      firstAt = now();
      onStop();
    } else if (now() - firstAt > samePressMs) {
      onAgain();
    }
  };
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) source.on(event, handle);
}
