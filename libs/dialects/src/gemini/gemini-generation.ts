/** What a model takes, by its name: Gemini 3 has levels of thinking and wants its signatures back, Gemini 2.5 has budgets. */
export interface GeminiGeneration {
  readonly thinking: 'level' | 'budget';
  /** A turn under way whose calls have no signature of its own is refused. */
  readonly needsSignatures: boolean;
  /** Thinking cannot be switched off, only made least. */
  readonly alwaysThinks: boolean;
}

/** Names as Google and Vertex have them (`gemini-2.5-flash`, `publishers/google/models/gemini-3-pro-preview`). */
export function geminiGeneration(model: string): GeminiGeneration {
  const major = Number(/gemini-(\d+)/.exec(model)?.[1] ?? '3');
  const isPro = model.includes('pro');
  return {
    thinking: major >= 3 ? 'level' : 'budget',
    needsSignatures: major >= 3,
    alwaysThinks: major >= 3 || isPro,
  };
}
