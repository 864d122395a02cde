import { destination, pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

/** A pino logger; each application has its own, named for it. */
export type Logger = PinoLogger;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  readonly name: string;
  readonly level?: LogLevel;
  /** Default: the process' standard output. */
  readonly destination?: DestinationStream;
}

const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'apiKey',
  'accessToken',
  'operatorToken',
  'password',
  'secret',
  'token',
  '["x-api-key"]',
  '["x-goog-api-key"]',
  '["set-cookie"]',
];

function redactedPaths(): string[] {
  return SECRET_FIELDS.flatMap((field) => {
    const dotted = field.startsWith('[') ? field : `.${field}`;
    return [field, `*${dotted}`, `req.headers${dotted}`, `request.headers${dotted}`];
  });
}

/** API keys and bearer tokens that stand inside a text, such as an error message of a library. */
const SECRET_TEXT =
  /sk-(?:al-v1-)?[\w-]{8,}|(?<=Bearer )[\w.~+/=-]{8,}|(?<=:\/\/[^\s:/@"]{0,100}:)[^\s@"/]{1,200}(?=@)/g;

/**
 * A JSON logger that never writes a credential: known fields are redacted by name, and whatever looks like an API key,
 * a bearer token or a password in a URL is cut out of the finished line.
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      base: null,
      messageKey: 'message',
      mixin: () => ({ service: options.name }),
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths(), censor: '[redacted]' },
      hooks: { streamWrite: (line) => line.replaceAll(SECRET_TEXT, '[redacted]') },
    },
    // No request waits for a slow terminal or pipe; what is left is written when the process exits, and at once on `fatal`.
    options.destination ?? destination({ dest: 1, sync: false }),
  );
}
