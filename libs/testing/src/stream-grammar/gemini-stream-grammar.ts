import { isCount, listOf, recordOf, toldEvents, type StreamEnd } from './told-events.js';

/** What a client of `:streamGenerateContent?alt=sse` would find wrong with the bytes it got. */
export function geminiStreamViolations(bytes: Buffer, { end }: { readonly end: StreamEnd }): string[] {
  const { events, violations } = toldEvents(bytes, end);
  let isFailed = false;
  let hasUsage = false;
  const ids = new Set<unknown>();
  const finished = new Map<number, boolean>();
  for (const { place, name, data } of events) {
    const note = (what: string): void => void violations.push(`event ${place}: ${what}`);
    if (isFailed) note('something behind the error');
    if (name !== null) note(`an event of the name ${name}`);
    if (data === null) {
      note('the data is no JSON object');
      continue;
    }
    if (data['error'] !== undefined) {
      const error = recordOf(data['error']);
      isFailed = true;
      if (typeof error['message'] !== 'string' || typeof error['status'] !== 'string') note('an error without words');
      if (typeof error['code'] !== 'number') note('an error whose code is no number');
      continue;
    }
    if (typeof data['modelVersion'] !== 'string') note('modelVersion is no text');
    ids.add(data['responseId']);
    for (const candidate of listOf(data['candidates']).map((value) => recordOf(value))) {
      const { index: told } = candidate;
      const index = typeof told === 'number' ? told : 0;
      const parts = listOf(recordOf(candidate['content'])['parts']);
      if (finished.get(index) === true && parts.length > 0) note(`candidate ${index} goes on behind its end`);
      finished.set(index, finished.get(index) === true || typeof candidate['finishReason'] === 'string');
    }
    const usage = recordOf(data['usageMetadata']);
    hasUsage = isCount(usage['promptTokenCount']) && isCount(usage['totalTokenCount']);
  }
  if (ids.size > 1) violations.push('responseId has changed');
  if (end === 'reset' || isFailed) return violations;
  if (finished.size === 0) violations.push('no candidate was told');
  for (const [index, isFinished] of finished) {
    if (!isFinished) violations.push(`candidate ${index} has no finishReason`);
  }
  if (!hasUsage) violations.push('the last event has no usageMetadata');
  return violations;
}
