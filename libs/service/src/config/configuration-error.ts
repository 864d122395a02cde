/** A wrong value of the environment or of a file; the message is one sentence for the person who starts the service. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  /** By name: libraries that stand below this one have such errors too (`DatabaseConfigurationError`). */
  static override [Symbol.hasInstance](error: unknown): boolean {
    return typeof error === 'object' && error !== null && Reflect.get(error, 'name') === 'ConfigurationError';
  }
}
