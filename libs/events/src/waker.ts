/** A pause that ends early when there is something to do. A wake during work is kept for the next pause. */
export class Waker {
  private end: (() => void) | null = null;
  private isAwake = false;

  wake(): void {
    this.isAwake = true;
    this.end?.();
  }

  /** Resolves after `ms`, or at once when somebody has called `wake` since the last pause. */
  async pause(ms: number): Promise<void> {
    if (!this.isAwake) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.end = null;
    this.isAwake = false;
  }
}
