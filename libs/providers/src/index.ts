export {
  type UpstreamAuthentication,
  type UpstreamCall,
  type UpstreamClient,
  type UpstreamFailure,
  type UpstreamFailureClass,
  type UpstreamHandler,
  type UpstreamRequest,
  type UpstreamTimeouts,
} from './upstream-client.js';
export { SigningUpstreamClient, type SigningUpstreamOptions } from './signing-upstream-client.js';
export { UndiciUpstreamClient, type UndiciUpstreamOptions } from './undici-upstream-client.js';
export { CredentialStore, type CredentialReading } from './credential-store.js';
export { passedResponseHeaders, retryAfterMs } from './openai-compatible.js';
export type { AskedUpstream, UpstreamOperation } from './adapter/asked-upstream.js';
export { upstreamCall, type UpstreamCallParts } from './adapter/upstream-call.js';
export { offersTokenCount } from './adapter/provider-kind.js';
export { upstreamQuirks, type UpstreamQuirks } from './upstream-quirks.js';
export { PrivateAddressError } from './address-guard.js';
export { anyAddressConnector, publicAddressConnector } from './upstream-connector.js';
