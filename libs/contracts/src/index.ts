export {
  femtoRateSchema,
  instantSchema,
  minorUnitsSchema,
  NANO_USD_CEILING,
  nanoUsdAmountSchema,
  nanoUsdSchema,
  positiveNanoUsdSchema,
} from './amounts.js';
export { canonicalJson } from './canonical-json.js';
export {
  builtInProviderDialects,
  configurationFileSchema,
  durationSchema,
  priceRowsOf,
  type ConfigurationFile,
  type ConfiguredEndpoint,
  type ConfiguredModel,
  type ConfiguredProvider,
} from './configuration-file.js';
export {
  priceRowSchema,
  priceRowsProblem,
  priceRowsSchema,
  pricesOfDialect,
  type ConfiguredPriceRow,
  type ConfiguredRates,
} from './configured-prices.js';
export {
  errorStatus,
  errorText,
  errorType,
  googleStatus,
  publicErrorCode,
  skinOf,
  type ErrorSkin,
} from './error-skins.js';
export { errorCatalogue, errorMessage, type ErrorCode, type ErrorDefinition, type ErrorDetails } from './errors.js';
export {
  creditsReplySchema,
  keyReplySchema,
  quoteReplySchema,
  type CreditsReply,
  type KeyReply,
  type QuoteReply,
} from './http/edge-api.js';
export {
  endpointAttemptsSchema,
  endpointStateSchema,
  type EndpointAttempts,
  type EndpointState,
} from './events/health-events.js';
export {
  accountChangedSchema,
  chargebackOpenedSchema,
  creditGrantedSchema,
  gapWrittenOffSchema,
  topupPaidSchema,
  topupRefundedSchema,
  usageSettledSchema,
  type AccountChanged,
  type ChargebackOpened,
  type CreditGranted,
  type GapWrittenOff,
  type TopupPaid,
  type TopupRefunded,
  type UsageSettled,
} from './events/ledger-events.js';
export {
  capabilitySchema,
  credentialReferenceSchema,
  dialectSchema,
  modelPublishedSchema,
  pricePublishedSchema,
  publishedEndpointSchema,
  timeoutsSchema,
  type Capability,
  type CredentialReference,
  type Dialect,
  type ModelPublished,
  type PricePublished,
  type PublishedEndpoint,
  type Timeouts,
} from './events/routing-events.js';
export {
  attemptSchema,
  holdCandidateSchema,
  holdOpenedSchema,
  holdPeriodsSchema,
  usageFinalSchema,
  type Attempt,
  type HoldOpened,
  type HoldPeriods,
  type UsageFinal,
} from './events/usage-events.js';
export { header } from './headers.js';
export * as billingApi from './http/billing-api.js';
export * as lotsApi from './http/lots-api.js';
export * as paymentsApi from './http/payments-api.js';
export type { OrderState, SuspenseReason, SuspenseState, VerifiedIdentity } from './http/payments-api.js';
export * as differencesApi from './http/differences-api.js';
export * as invoicingApi from './http/invoicing-api.js';
export * as managedKeysApi from './http/managed-keys-api.js';
export * as chatApi from './http/chat-api.js';
export * as mediaApi from './http/media-api.js';
export * as messagesApi from './http/messages-api.js';
export * as modelsApi from './http/models-api.js';
export * as responsesApi from './http/responses-api.js';
export * as managementApi from './http/management-api.js';
export * as usageApi from './http/usage-api.js';
export * as webhooksApi from './http/webhooks-api.js';
export {
  chargeBasisSchema,
  RECEIPT_KEYS_PATH,
  receiptKeySetSchema,
  receiptLineSchema,
  receiptSchema,
  SIGNED_RECEIPT_TYPE,
  signedReceiptSchema,
  type Receipt,
  type ReceiptKeySet,
  type ReceiptLine,
  type SignedReceipt,
} from './http/generation.js';
export {
  accountLoadRequestSchema,
  generationLookupReplySchema,
  generationLookupRequestSchema,
  internalPaths,
  keyHashSchema,
  keyLookupReplySchema,
  keyLookupRequestSchema,
  usageHandoverReplySchema,
  usageHandoverRequestSchema,
  type KeyLookupReply,
  type UsageHandoverReply,
  type UsageHandoverRequest,
} from './http/internal.js';
export {
  accountIdSchema,
  chargebackIdSchema,
  decodeWireId,
  deliveryIdSchema,
  encodeWireId,
  fxQuoteIdSchema,
  generationIdSchema,
  keyIdSchema,
  lotIdSchema,
  paymentOrderIdSchema,
  refundIdSchema,
  suspenseIdSchema,
  userIdSchema,
  webhookIdSchema,
  workspaceIdSchema,
  type AccountId,
  type DeliveryId,
  type ChargebackId,
  type GenerationId,
  type IdPrefix,
  type KeyId,
  type LotId,
  type RefundId,
  type PaymentOrderId,
  type SuspenseId,
  type UserId,
  type WebhookId,
  type WorkspaceId,
} from './ids.js';
export {
  attemptClassSchema,
  holdStateSchema,
  outcomeSchema,
  usageSourceSchema,
  type AttemptClass,
  type HoldState,
  type Outcome,
  type UsageSource,
} from './outcomes.js';
export {
  rateCardSchema,
  rateDimensions,
  rateRowSchema,
  ratesSchema,
  type RateCardWire,
  type RateDimension,
  type RatesWire,
} from './prices.js';
export { deadLetterTopic, topics, type Cleanup, type TopicDefinition } from './topics.js';
export { usageVectorSchema, type UsageVectorWire } from './usage-vector.js';
export {
  webhookEventSchema,
  webhookEventSchemas,
  webhookEventTypeSchema,
  type WebhookEvent,
  type WebhookEventType,
} from './webhook-events.js';
