import { writeThinking } from '../messages/write-messages-thinking.js';
import type { JsonRecord, ReasoningWish, TurnRequest, TurnTarget } from '../turn/turn-request.js';

/**
 * `additionalModelRequestFields`: what a model takes that Converse has no word for. Claude has its own fields of thinking,
 * the same as in Messages; Nova 2 and gpt-oss take an effort. Other models think as they do.
 */
export function modelFields(turn: TurnRequest, { model, maxTokens, maxOutputTokens }: TurnTarget): JsonRecord {
  const { reasoning, sampling, toolChoice } = turn;
  const { topK } = sampling;
  const name = model.toLowerCase();
  if (name.includes('nova')) return novaFields(reasoning, topK);
  const fields: JsonRecord = topK === null ? {} : { top_k: topK };
  if (name.includes('claude')) {
    const isForced = toolChoice?.kind === 'required' || toolChoice?.kind === 'tool';
    const limit = maxTokens ?? turn.maxTokens ?? maxOutputTokens;
    const { thinking, effort } = writeThinking(reasoning, name, limit, isForced);
    return {
      ...fields,
      ...(thinking === null ? {} : { thinking }),
      ...(effort === null ? {} : { output_config: { effort } }),
    };
  }
  const effort = reasoning?.effort ?? null;
  return name.includes('gpt-oss') && effort !== null ? { ...fields, reasoning_effort: effort } : fields;
}

function novaFields(reasoning: ReasoningWish | null, topK: number | null): JsonRecord {
  const effort = reasoning?.effort ?? null;
  const isKnown = effort === 'low' || effort === 'medium' || effort === 'high';
  return {
    ...(topK === null ? {} : { inferenceConfig: { topK } }),
    ...(isKnown ? { reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } } : {}),
    ...(effort === 'none' ? { reasoningConfig: { type: 'disabled' } } : {}),
  };
}
