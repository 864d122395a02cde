import type { NanoUsd } from '@apilink/money';
import type { Command } from 'commander';

import { capOption, expiryOption, limitOption, modelsOption, orNull, type Taken } from '../command/option.factory.js';

/** Limits as the command line has them: absent = left alone, `none` = taken away. */
export interface LimitOptions {
  readonly dailyCapUsd?: NanoUsd | Taken;
  readonly weeklyCapUsd?: NanoUsd | Taken;
  readonly monthlyCapUsd?: NanoUsd | Taken;
  readonly rpm?: number | Taken;
  readonly tpm?: number | Taken;
  readonly concurrency?: number | Taken;
  readonly models?: string[] | Taken;
  readonly expires?: number | Taken;
}

/** Adds the options of a key's limits, the same for `key create` and `key update`. */
export function addLimitOptions(command: Command, now: () => number): Command {
  return command
    .option('--daily-cap-usd <usd>', 'spend at most this a day, or none', capOption)
    .option('--weekly-cap-usd <usd>', 'spend at most this a week from Monday, or none', capOption)
    .option('--monthly-cap-usd <usd>', 'spend at most this a month, or none', capOption)
    .option('--rpm <n>', 'requests a minute, or none for the default', limitOption)
    .option('--tpm <n>', 'tokens a minute, or none for the default', limitOption)
    .option('--concurrency <n>', 'requests at once, or none for the default', limitOption)
    .option('--models <ids>', 'the only models it may use, separated by commas, or all', modelsOption)
    .option('--expires <when>', 'an instant, a span like 90d, or never', (text) => expiryOption(text, now()));
}

/** The same limits with the API's names; what was not named is left out, so that an update leaves it alone. */
export function limitsOf(options: LimitOptions) {
  return {
    ...(options.dailyCapUsd === undefined ? {} : { dailyCapNanoUsd: orNull(options.dailyCapUsd) }),
    ...(options.weeklyCapUsd === undefined ? {} : { weeklyCapNanoUsd: orNull(options.weeklyCapUsd) }),
    ...(options.monthlyCapUsd === undefined ? {} : { monthlyCapNanoUsd: orNull(options.monthlyCapUsd) }),
    ...(options.rpm === undefined ? {} : { requestsPerMinute: orNull(options.rpm) }),
    ...(options.tpm === undefined ? {} : { tokensPerMinute: orNull(options.tpm) }),
    ...(options.concurrency === undefined ? {} : { concurrency: orNull(options.concurrency) }),
    ...(options.models === undefined ? {} : { models: orNull(options.models) }),
    ...(options.expires === undefined ? {} : { expiresAt: orNull(options.expires) }),
  };
}
