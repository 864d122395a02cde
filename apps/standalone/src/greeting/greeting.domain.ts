import { curlCommand } from '../first-steps/curl.domain.js';

export interface GreetingFacts {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly firstStepsUrl: string;
  readonly logFile: string;
  readonly elapsedMs: number;
}

/** What the terminal shows when everything is ready. */
export function greeting({ baseUrl, apiKey, firstStepsUrl, logFile, elapsedMs }: GreetingFacts): string {
  return `
ApiLink is ready (${(elapsedMs / 1000).toFixed(1)} s).

  Base URL     ${baseUrl}
  API key      ${apiKey}
  First steps  ${firstStepsUrl}
  Log          ${logFile}

Ask the demo provider; it answers offline, token by token:

${curlCommand(baseUrl, apiKey)}

What it cost, and what is left (in another terminal, in this folder):

  npx apilink receipt
  npx apilink account show

Ctrl-C stops it; everything is kept.
`;
}
