export {
  type ChatNeed,
  type ChatRequest,
  type ChatRequestChanges,
  type ChatRequestReading,
  type ChatSplices,
  type RequestProblem,
} from './chat/chat-request.js';
export {
  type ChatClosing,
  type ChatCost,
  type ChatFailure,
  type ChatUsageQuirks,
  type ChatUsageReading,
} from './chat/chat-cost.js';
export { readChatRequest } from './chat/read-chat-request.js';
export { spliceChatRequest } from './chat/splice-chat-request.js';
export { chatUsage } from './chat/chat-usage.js';
export { editChatAnswer, readChatAnswer, type ChatAnswer, type ChatAnswerEdits } from './chat/chat-answer.js';
export { ChatStreamMeter, type ChatStreamOptions, type ChatStreamPhase } from './chat/chat-stream-meter.js';
export { CHAT_DONE, CHAT_KEEP_ALIVE, writeChatErrorEvent, type ChatErrorEvent } from './chat/chat-stream-writer.js';
export { JSON_DEPTH_MAX, type ByteRange, type MemberRange } from './json/scan-document.js';
export { estimateTokens } from './tokens/token-estimator.js';
export { mediaTokens } from './tokens/media-tokens.js';
export { type ImagePart, type ImageSize, type MediaFacts } from './tokens/media-part.js';
export { InputFactor } from './tokens/input-factor.js';
export { type RequestedUnits, type UsageReader, type UsageReading, type UsageTraits } from './usage/usage-reading.js';
export { MessagesUsageReader } from './usage/messages-usage.js';
export { usageReaderOf, type ReadDialect, type UsageReaderOptions } from './usage/usage-readers.js';
