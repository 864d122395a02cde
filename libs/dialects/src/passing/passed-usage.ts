import { writeChatUsage } from '../chat/chat-usage-writer.js';
import type { AnswerClosing } from '../call/answer-closing.js';

/** Members of a usage object that we write because the upstream told none that can be true. */
export type OwnUsage = Readonly<Record<string, unknown>>;

/** The upstream's own usage object with the cost added, or one of ours. */
export function writePassedUsage(upstream: Buffer | null, own: OwnUsage, closing: AnswerClosing): Buffer {
  return writeChatUsage(upstream ?? Buffer.from(JSON.stringify(own)), closing);
}
