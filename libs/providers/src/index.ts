export {
  type UpstreamCall,
  type UpstreamClient,
  type UpstreamFailure,
  type UpstreamFailureClass,
  type UpstreamHandler,
  type UpstreamRequest,
  type UpstreamTimeouts,
} from './upstream-client.js';
export { UndiciUpstreamClient, type UndiciUpstreamOptions } from './undici-upstream-client.js';
export { upstreamCall, type UpstreamCallFacts } from './adapter/upstream-call.js';
export { CredentialStore, type CredentialReading } from './credential-store.js';
export { chatRequestHeaders, passedResponseHeaders, retryAfterMs } from './openai-compatible.js';
export { upstreamQuirks, type UpstreamQuirks } from './upstream-quirks.js';
export { PrivateAddressError } from './address-guard.js';
export { anyAddressConnector, publicAddressConnector } from './upstream-connector.js';
