/**
 * The thinking under the name that OpenRouter's clients read. Most upstreams say `reasoning_content`, which those pass over;
 * where both names stand in a document nothing is changed. Within a string of JSON neither can stand: its quotes would have
 * a backslash. One document, or one event.
 */
export function withReasoningName(text: string): string {
  if (!OTHER.test(text) || OWN.test(text)) return text;
  return text.replaceAll(new RegExp(OTHER, 'g'), '"reasoning":');
}

const OTHER = /"reasoning_content"\s*:/;
const OWN = /"reasoning"\s*:/;
