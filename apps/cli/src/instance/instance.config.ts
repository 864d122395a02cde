import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readEnvironment, type Environment } from '@apilink/service';
import { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';

/** The variables that the command line reads; the table in the README says the same. */
export const environmentSchema = z.object({
  APILINK_DATA_DIR: z.string().default('./.apilink').describe('data folder of a standalone instance'),
  APILINK_URL: z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .optional()
    .describe('base URL of billing, instead of a data folder'),
  APILINK_OPERATOR_TOKEN: z
    .string()
    .min(1)
    .optional()
    .describe('operator token, with APILINK_URL; or your own, instead of that of the data folder'),
  APILINK_CONFIG: z.string().min(1).optional().describe('the file that `config check` checks when none is named'),
});

/** What `npm start` leaves in its data folder. */
const quickstartSchema = z.object({
  accountId: z.string(),
  operatorToken: z.string().min(1),
  // An earlier release had no invoicing; what then stands on its path says so.
  services: z.object({ billing: z.url(), invoicing: z.url().optional() }),
});

/** The instance that commands talk to. */
export interface Instance {
  readonly billingUrl: string;
  readonly invoicingUrl: string;
  readonly operatorToken: string;
  /** The account of the quick start, when a command names none; null without a data folder. */
  readonly accountId: string | null;
}

/**
 * Finds the instance: APILINK_URL with APILINK_OPERATOR_TOKEN, else quickstart.json in APILINK_DATA_DIR, whose token
 * APILINK_OPERATOR_TOKEN replaces: operators with names have their own. Throws
 * CommandError `notReachable` when there is no instance, `wrongUsage` when half of the pair is missing.
 */
export function findInstance(env: Environment): Instance {
  const settings = readEnvironment(environmentSchema, env);
  const { APILINK_OPERATOR_TOKEN: ownToken } = settings;
  if (settings.APILINK_URL === undefined) {
    const found = quickstartInstance(settings.APILINK_DATA_DIR);
    return ownToken === undefined ? found : { ...found, operatorToken: ownToken };
  }
  if (ownToken === undefined) {
    throw new CommandError(exitCodes.wrongUsage, 'APILINK_URL is set, but APILINK_OPERATOR_TOKEN is not.');
  }
  return {
    billingUrl: new URL(settings.APILINK_URL).origin,
    invoicingUrl: new URL(settings.APILINK_URL).origin,
    operatorToken: ownToken,
    accountId: null,
  };
}

function quickstartInstance(dataDir: string): Instance {
  const file = join(dataDir, 'quickstart.json');
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(
      exitCodes.notReachable,
      `There is no instance here: ${file} cannot be read. Run \`npm start\`, or set APILINK_DATA_DIR, or APILINK_URL and APILINK_OPERATOR_TOKEN.`,
      { cause: error },
    );
  }
  const read = quickstartSchema.safeParse(parsed(content));
  if (!read.success) {
    throw new CommandError(exitCodes.notReachable, `${file} is damaged; \`npm start\` writes it again.`);
  }
  const { accountId, operatorToken, services } = read.data;
  const { billing, invoicing = billing } = services;
  return { billingUrl: billing, invoicingUrl: invoicing, operatorToken, accountId };
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}
