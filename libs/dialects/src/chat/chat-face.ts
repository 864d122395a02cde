import type { CallFace } from '../call/call.js';
import type { TurnFace } from '../turn/turn-dialect.js';
import type { TurnTool } from '../turn/turn-request.js';
import { isRecord } from '../json/records.js';

/** What a written chat answer hangs on. */
export interface ChatFace extends Pick<CallFace, 'model' | 'standIn'> {
  readonly tools: readonly TurnTool[];
  readonly choices: number;
  /** The client does not want to see the thinking. */
  readonly hidesReasoning: boolean;
  /** The client asked for a usage chunk of its own. */
  readonly asksUsageChunk: boolean;
}

export function chatFaceOf({ model, standIn, turn, document }: TurnFace): ChatFace {
  const { stream_options: options } = document;
  return {
    model,
    standIn,
    tools: turn.tools,
    choices: turn.choices,
    hidesReasoning: turn.reasoning?.exclude === true,
    asksUsageChunk: isRecord(options) && options['include_usage'] === true,
  };
}
