import { accountIdSchema, type AccountId } from '@apilink/contracts';
import { readEnvironment, type Environment } from '@apilink/service';
import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';

import { BillingClient } from '../billing/billing.client.js';
import { environmentSchema, findInstance, type Instance } from '../instance/instance.config.js';
import { Output, type Terminal } from '../output/output.service.js';
import { CommandError, exitCodes, type ExitCode } from './command.errors.js';

/** What one run of the program has: where it writes, which instance it asks, what it ends with. */
export class CommandRun {
  /** Set by a command whose answer is "no". */
  exitCode: ExitCode = exitCodes.ok;
  #instance: Instance | null = null;
  #billing: BillingClient | null = null;

  constructor(
    readonly terminal: Terminal,
    private readonly env: Environment,
    readonly send: typeof fetch,
  ) {}

  output(options: { readonly json?: boolean }): Output {
    return new Output(this.terminal, options.json === true);
  }

  /** APILINK_CONFIG, as `npm start` reads it. */
  get configurationFile(): string | undefined {
    return readEnvironment(environmentSchema, this.env).APILINK_CONFIG;
  }

  get billing(): BillingClient {
    this.#billing ??= new BillingClient(this.instance, this.send);
    return this.#billing;
  }

  /** Where the instance answers, its public keys included. */
  get billingUrl(): string {
    return this.instance.billingUrl;
  }

  /** The account that a command is about: the one it names, else the quick start's. */
  account(named: AccountId | undefined): AccountId {
    if (named !== undefined) return named;
    const known = this.instance.accountId;
    if (known === null) throw new CommandError(exitCodes.wrongUsage, 'Name the account: --account acc_…');
    return accountIdSchema.parse(known);
  }

  private get instance(): Instance {
    this.#instance ??= findInstance(this.env);
    return this.#instance;
  }
}

/** An option parser for ids: wire form in, id in memory out. */
export function idOption<Schema extends z.ZodType>(schema: Schema): (text: string) => z.output<Schema> {
  return (text) => {
    const read = schema.safeParse(text);
    if (read.success) return read.data;
    throw new InvalidArgumentError(`It is not such an id: ${read.error.issues[0]?.message ?? 'wrong form'}.`);
  };
}
