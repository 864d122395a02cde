import type { CallFacts } from '../call/call.js';
import { noUnits, type CallUnits } from '../call/call-units.js';

export type CallerFacts = Pick<CallFacts, 'endUser' | 'session' | 'models' | 'provider'>;

/** What a dialect knows of a call that is no turn of a model. */
export interface PassedFacts {
  readonly model: string;
  readonly caller: CallerFacts;
  readonly stream?: boolean;
  readonly choices?: number;
  readonly textTokens: number;
  readonly units: Partial<CallUnits>;
}

/** The facts of such a call: everything that only a turn can ask for is absent. */
export function passedFacts({ textTokens, units, caller, ...facts }: PassedFacts): CallFacts {
  return {
    stream: false,
    choices: 1,
    ...caller,
    ...facts,
    maxTokens: null,
    serviceTier: null,
    needs: [],
    estimatedTextTokens: textTokens,
    media: { images: [], moreImages: 0, audioCharacters: 0, audios: 0, pages: 0, unpagedTokens: 0, files: 0 },
    asksHourOfCache: false,
    asksModalities: false,
    asksWebSearch: false,
    units: { ...noUnits, contextTokens: textTokens, ...units },
  };
}
