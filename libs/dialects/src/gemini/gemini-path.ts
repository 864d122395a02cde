/** What the path of a call to Gemini says. */
export interface GeminiPath {
  readonly model: string;
  readonly stream: boolean;
}

const pattern = /^\/v1(?:beta|alpha)?\/models\/([^?]{1,600}):(generateContent|streamGenerateContent)$/;

/** `/v1beta/models/{model}:generateContent`, without the query; the model with or without its author, encoded or not. */
export function geminiPath(path: string): GeminiPath | null {
  const [, model = '', method] = pattern.exec(path) ?? [];
  if (model === '') return null;
  try {
    return { model: decodeURIComponent(model), stream: method === 'streamGenerateContent' };
  } catch {
    return null;
  }
}
