import type { CallFacts } from '../call/call.js';
import type { MemberRange } from '../json/scan-document.js';

/** Where the body is changed before it goes to an upstream that speaks Messages. Belongs to the body it was read from. */
export interface MessagesSplices {
  readonly model: MemberRange;
  readonly maxTokens: MemberRange;
  /** `max_tokens: 0`, which fills the cache and answers nothing, stays whatever the limit. */
  readonly isPrewarming: boolean;
  /** `thinking.budget_tokens`; null without one. */
  readonly budget: MemberRange | null;
  readonly messages: MemberRange;
  /** Gateway parameters, consumed here. */
  readonly gateway: readonly MemberRange[];
  /** All members in the order of the document; needed to take commas out with them. */
  readonly members: readonly MemberRange[];
}

export interface ReadMessagesRequest {
  readonly facts: CallFacts;
  readonly splices: MessagesSplices;
}
