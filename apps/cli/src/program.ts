import { ConfigurationError, type Environment } from '@apilink/service';
import { Command, CommanderError } from 'commander';

import { accountCommands } from './account/account.controller.js';
import { apiKeyCommands } from './api-key/api-key.controller.js';
import { auditCommands } from './audit/audit.controller.js';
import { chargebackCommands } from './chargeback/chargeback.controller.js';
import { catalogCommands } from './catalog/catalog.controller.js';
import { CommandError, exitCodes, type ExitCode } from './command/command.errors.js';
import { CommandRun } from './command/command.service.js';
import { configurationCommands } from './configuration/configuration.controller.js';
import { creditCommands } from './credit/credit.controller.js';
import { differenceCommands } from './difference/difference.controller.js';
import { deadLetterCommands } from './dead-letter/dead-letter.controller.js';
import { fxCommands } from './fx/fx.controller.js';
import { ledgerCommands } from './ledger/ledger.controller.js';
import { lotCommands } from './lot/lot.controller.js';
import { refundCommands } from './refund/refund.controller.js';
import { invoiceableCommands } from './invoiceable/invoiceable.controller.js';
import type { Terminal } from './output/output.service.js';
import { receiptCommands } from './receipt/receipt.controller.js';
import { topupCommands } from './topup/topup.controller.js';
import { transferCommands } from './transfer/transfer.controller.js';
import { spendAlertCommands } from './spend-alert/spend-alert.controller.js';
import { usageCommands } from './usage/usage.controller.js';
import { webhookCommands } from './webhook/webhook.controller.js';
import { workspaceCommands } from './workspace/workspace.controller.js';

export interface ProgramOptions {
  readonly terminal: Terminal;
  readonly env: Environment;
  readonly send: typeof fetch;
  readonly version: string;
}

const helpEnd = `
The instance is found by quickstart.json in APILINK_DATA_DIR (default ./.apilink),
or by APILINK_URL and APILINK_OPERATOR_TOKEN.

Exit codes: 0 done, 1 the answer is no (a difference, an invalid file), 2 wrong usage,
3 the instance is not reachable, 4 it refused or does not know what was named.`;

/** Runs one command line, without the program's own name, and resolves with the exit code. */
export async function runProgram(words: readonly string[], options: ProgramOptions): Promise<ExitCode> {
  const run = new CommandRun(options.terminal, options.env, options.send);
  const program = createProgram(run, options.version);
  try {
    await program.parseAsync(words, { from: 'user' });
    return run.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.wrongUsage;
    if (error instanceof ConfigurationError) return complain(options, exitCodes.wrongUsage, error.message);
    if (error instanceof CommandError) return complain(options, error.exitCode, error.message);
    throw error;
  }
}

function complain({ terminal }: ProgramOptions, exitCode: ExitCode, sentence: string): ExitCode {
  terminal.err.write(`${sentence}\n`);
  return exitCode;
}

function createProgram(run: CommandRun, version: string): Command {
  const program = new Command('apilink')
    .description('The command line of ApiLink, over the HTTP API of a running instance.')
    .version(version, '-V, --version')
    .addHelpText('after', helpEnd)
    .showHelpAfterError('Run it with --help for its options.')
    .configureOutput({
      writeOut: (text) => run.terminal.out.write(text),
      writeErr: (text) => run.terminal.err.write(text),
    })
    .exitOverride();
  const groups = [
    accountCommands,
    workspaceCommands,
    creditCommands,
    topupCommands,
    transferCommands,
    fxCommands,
    lotCommands,
    refundCommands,
    chargebackCommands,
    apiKeyCommands,
    usageCommands,
    invoiceableCommands,
    receiptCommands,
    webhookCommands,
    spendAlertCommands,
    ledgerCommands,
    auditCommands,
    deadLetterCommands,
    differenceCommands,
    configurationCommands,
    catalogCommands,
  ];
  for (const add of groups) add(program, run);
  return program;
}
