/** The totals of an OpenAI-like usage object, and what is told of their parts. */
export interface ToldTotals {
  readonly input: number;
  /** Cache reads and writes. */
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
  /** `total_tokens`; 0 when it is not told. */
  readonly total: number;
}

export interface TotalsTraits {
  readonly reasoningExcluded: boolean;
  readonly reasoningUntold: boolean;
}

/** Totals that contain all of their parts. */
export interface WholeTotals {
  readonly input: number;
  readonly output: number;
  readonly reasoning: number;
}

/**
 * Providers disagree about what a total contains; `total_tokens` shows which of them is speaking. What it has above input
 * and output stands beside them: exactly the reasoning (xAI), exactly the cached tokens (fronts that hand on Anthropic's
 * `input_tokens`), or both. Where it shows neither, the endpoint's traits decide, and more reasoning than output can only
 * stand beside it.
 */
export function wholeTotals(told: ToldTotals, traits: TotalsTraits): WholeTotals {
  const { input, cached, output, reasoning, total } = told;
  const beside = total - input - output;
  if (beside > 0 && beside === reasoning) return whole(input, told, true);
  if (beside > 0 && reasoning === 0 && traits.reasoningUntold) {
    return { input, output: output + beside, reasoning: beside };
  }
  if (beside > 0 && beside === cached) return whole(input + cached, told, reasoning > output);
  if (beside > 0 && beside === cached + reasoning) return whole(input + cached, told, true);
  return whole(input, told, reasoning > output || (beside !== 0 && traits.reasoningExcluded));
}

function whole(input: number, { output, reasoning }: ToldTotals, isReasoningBeside: boolean): WholeTotals {
  return { input, output: isReasoningBeside ? output + reasoning : output, reasoning };
}
