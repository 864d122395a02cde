import { Customer } from '../customer.js';
import { Instance } from '../instance.js';
import type { World } from './client-machine.js';

/** Providers that break off once, one for each agent: after the first time the name answers whole. */
const CONFIGURATION = `models:
${['codex', 'claude']
  .map(
    (agent) => `  - id: clients/cut-once-${agent}
    name: Breaks off once
    contextLength: 128000
    maxOutputTokens: 16384
    capabilities: [tools]
    endpoints:
      - { provider: demo, upstreamModel: demo-cut-20-once-tokens-60-tag-${agent}, price: { input: "0.5", output: "1.5" } }`,
  )
  .join('\n')}
`;

/** One ApiLink for all clients, offline, with a customer who can pay and one who cannot. */
export async function startWorld(
  python: string,
): Promise<{ readonly told: World; readonly stop: () => Promise<void> }> {
  const instance = await Instance.start({
    configuration: CONFIGURATION,
    environment: { DEMO_TOKENS_PER_SECOND: '2000' },
  });
  const rich = await Customer.create(instance, '100');
  const poor = await Customer.create(instance, '0');
  return {
    told: { origin: instance.origin, apiKey: rich.apiKey, emptyKey: poor.apiKey, python },
    stop: () => instance.dispose(),
  };
}
