import { curlCommand } from '../first-steps/curl.domain.js';

export interface GreetingFacts {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly firstStepsUrl: string;
  readonly logFile: string;
  /** Null = the one where the command line looks by itself. */
  readonly dataDir: string | null;
  readonly elapsedMs: number;
}

/** What the terminal shows when everything is ready. */
export function greeting({ baseUrl, apiKey, firstStepsUrl, logFile, dataDir, elapsedMs }: GreetingFacts): string {
  const apilink = `${dataDir === null ? '' : `APILINK_DATA_DIR=${quoted(dataDir)} `}npx apilink`;
  return `
ApiLink is ready (${(elapsedMs / 1000).toFixed(1)} s).

  Base URL     ${baseUrl}
  API key      ${apiKey}
  First steps  ${firstStepsUrl}
  Log          ${logFile}

Ask the demo provider; it answers offline, token by token:

${curlCommand(baseUrl, apiKey)}

What it cost, and what is left (in another terminal, in this folder):

  ${apilink} receipt
  ${apilink} account show

Ctrl-C stops it; everything is kept.
`;
}

/** As one word for a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
