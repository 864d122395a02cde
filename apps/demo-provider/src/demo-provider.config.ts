import { integerVariable } from '@apilink/service';
import { z } from 'zod';

/** The variables of this service; the table in README.md is tested equal to it. */
export const demoProviderEnvironmentSchema = z.object({
  DEMO_TOKENS_PER_SECOND: integerVariable(1, 1_000_000)
    .prefault('60')
    .describe('Pace of an answer whose model name gives none'),
});
export type DemoProviderEnvironment = z.output<typeof demoProviderEnvironmentSchema>;

export const SETTINGS = Symbol('SETTINGS');
export interface Settings {
  readonly tokensPerSecond: number;
}

/** Milliseconds since the epoch. */
export type Clock = () => number;
export const CLOCK = Symbol('CLOCK');
