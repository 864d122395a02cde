export type { ServiceApplication } from './application.js';
export { ConfigurationError } from './config/configuration-error.js';
export {
  CONFIGURATION_BYTES_MAX,
  configurationPath,
  problemSentence,
  readConfiguration,
  type ConfigurationProblem,
  type ConfigurationResult,
} from './config/configuration-file.js';
export {
  describeEnvironment,
  readEnvironment,
  type Environment,
  type EnvironmentVariable,
} from './config/environment.js';
export { configurationJsonSchema } from './config/json-schema.js';
export {
  byteSizeSchema,
  databaseSslVariables,
  databaseUrlSchema,
  flagSchema,
  integerVariable,
  portSchema,
  secretsKeyVariable,
  serviceTokensSchema,
  serviceUrlSchema,
} from './config/variables.js';
export { ApiError } from './error-filter/api-error.js';
export { answerClientError } from './error-filter/client-error.js';
export { errorCode } from './error-filter/error-code.js';
export { errorAnswer, type ErrorAnswer, type ErrorAnswerOptions } from './error-filter/error-answer.js';
export { errorBody } from './error-filter/error-body.js';
export { validationError } from './error-filter/validation-pipe.js';
export { noFailpoints, readFailpoints, type Failpoints } from './failpoint/failpoints.js';
export { createAdminServer, type AdminServer, type AdminServerOptions } from './health/admin-server.js';
export {
  ACCESS_TOKEN_LIFE_MS,
  AccessTokenSigner,
  AccessTokenVerifier,
  createSigningKey,
  roleSchema,
  signingKeySchema,
  type AccessClaims,
  type Role,
  type SignedAccessToken,
  type SigningKey,
} from './identity/access-token.js';
export { API_KEY_PREFIX, checkApiKey, createApiKey, hashApiKey, type NewApiKey } from './identity/api-key.js';
export { bearerToken } from './identity/bearer.js';
export { Actor, JwtGuard, Roles, ServiceTokenGuard } from './identity/guards.js';
export { IdentityModule } from './identity/identity.module.js';
export { ServiceTokens } from './identity/service-tokens.js';
export { uuidV7 } from './identity/uuid-v7.js';
export { createLogger, logLevels, type Logger, type LoggerOptions, type LogLevel } from './logger/logger.js';
export { NestLogger } from './logger/nest-logger.js';
export { mergeMetrics } from './metrics/merge-metrics.js';
export { Metrics } from './metrics/metrics.js';
export { KeyRing, SealBrokenError } from './sealing/key-ring.js';
export { openBytes, sealBytes } from './sealing/sealed-bytes.js';
export {
  BODY_BYTES_MAX,
  closeServer,
  createHttpServer,
  createServiceApp,
  type NestServiceApplication,
  type RequestLane,
  type ServiceAppOptions,
} from './service-app.js';
export { listen } from './shutdown/listen.js';
export { refuseWhileDraining } from './shutdown/request-gate.js';
export {
  exitCodes,
  mainEnvironmentSchema,
  onSignals,
  reportFailure,
  runMain,
  type CreateOptions,
  type MainProcess,
} from './shutdown/run-main.js';
export { ADMIN_PORT_DISTANCE, servicePorts, type ServiceName } from './shutdown/service-ports.js';
export { openTracing, type TracingOptions } from './telemetry/open-tracing.js';
export { telemetryEnvironmentSchema, telemetryVariables } from './telemetry/telemetry-variables.js';
export {
  noTracing,
  type Span,
  type SpanAttributes,
  type SpanKind,
  type SpanOptions,
  type Tracing,
} from './telemetry/tracing.js';
export { childTrace, formatTraceparent, parseTraceparent, type TraceContext } from './telemetry/traceparent.js';
