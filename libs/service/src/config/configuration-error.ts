/** A wrong value of the environment or of a file; the message is one sentence for the person who starts the service. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
