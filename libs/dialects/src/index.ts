export { mediaAddressProblem } from './address/media-address.js';
export { isPublicAddress } from './address/public-address.js';
export { type CallUnits } from './call/call-units.js';
export { readEmbeddingsCall } from './embeddings/embeddings-call.js';
export { readImageEditCall, readImageGenerationCall } from './images/images-call.js';
export { isPicture, pictureTextProblem } from './images/picture.js';
export { formBoundary } from './multipart/multipart-form.js';
export { readRerankCall } from './rerank/rerank-call.js';
export { readSpeechCall } from './speech/speech-call.js';
export { readTranscriptionCall } from './transcriptions/transcriptions-call.js';
export { type AnswerClosing, type AnswerCost, type AnswerFailure } from './call/answer-closing.js';
export {
  noAnswer,
  type AnswerPhase,
  type AnswerStream,
  type WholeAnswer,
  type WrittenAnswer,
} from './call/answer-stream.js';
export {
  type Call,
  type CallFace,
  type CallFacts,
  type CallNeed,
  type CallReader,
  type CallReading,
  type CallRequest,
  type CallSource,
  type CallTarget,
  type EndpointTraits,
  type StreamError,
  type UpstreamDialect,
} from './call/call.js';
export { type RequestProblem } from './call/request-problem.js';
export { ToldStream } from './call/told-stream.js';
export {
  type ChatRequest,
  type ChatRequestChanges,
  type ChatRequestReading,
  type ChatSplices,
} from './chat/chat-request.js';
export { type ChatUsageQuirks, type ChatUsageReading } from './chat/chat-usage-quirks.js';
export { readChatRequest } from './chat/read-chat-request.js';
export { spliceChatRequest } from './chat/splice-chat-request.js';
export { chatUsage } from './chat/chat-usage.js';
export { editChatAnswer, readChatAnswer, type ChatAnswer, type ChatAnswerEdits } from './chat/chat-answer.js';
export { ChatStreamMeter, type ChatStreamOptions } from './chat/chat-stream-meter.js';
export {
  CHAT_DONE,
  CHAT_KEEP_ALIVE,
  writeChatErrorChunk,
  writeChatErrorEvent,
  type ChatErrorEvent,
  type ChunkHead,
} from './chat/chat-stream-writer.js';
export { piecesWith, type ByteEdit } from './json/byte-edits.js';
export { elementsOf, membersOf, type NamedMember } from './json/json-members.js';
export { editMembers, type MemberEdit } from './json/member-edits.js';
export { JSON_DEPTH_MAX, type ByteRange, type MemberRange } from './json/scan-document.js';
export { estimateTokens } from './tokens/token-estimator.js';
export { mediaTokens } from './tokens/media-tokens.js';
export { type ImagePart, type ImageSize, type MediaFacts } from './tokens/media-part.js';
export { InputFactor } from './tokens/input-factor.js';
export { type RequestedUnits, type UsageReader, type UsageReading, type UsageTraits } from './usage/usage-reading.js';
export type { CountedCall } from './call/counted-call.js';
export { readMessagesCount } from './messages/messages-count.js';
export { MessagesUsageReader } from './usage/messages-usage.js';
export { usageReaderOf, type ReadDialect, type UsageReaderOptions } from './usage/usage-readers.js';
export { readTurnCall } from './turn/turn-call.js';
export type { ClientDialect, UpstreamTurns } from './turn/turn-dialect.js';
export {
  inputItemsOf,
  readResponsesDocument,
  replayedRequest,
  resourceItems,
  withItems,
  type ResponsesDocument,
} from './responses/stored-items.js';
export { responsesTurns } from './responses/responses-turns.js';
export {
  readChatCall,
  readCompletionsCall,
  readGeminiCall,
  readMessagesCall,
  readResponsesCall,
  readResponsesCount,
} from './turn-readers.js';
export {
  listedOutput,
  readResource,
  referredItems,
  replayedOutput,
  toldUnstored,
  type ResourceFacts,
} from './responses/stored-answer.js';
export {
  compactedAnswer,
  compactionRequest,
  withSummaries,
  type CompactionAnswer,
  type CompactionReading,
} from './responses/compaction.js';
