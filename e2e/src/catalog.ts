/** One model of a test catalog, sold by one or more scripted upstreams. */
export interface TestModel {
  readonly id: string;
  readonly endpoints: readonly { readonly baseUrl: string; readonly upstreamModel: string; readonly output?: string }[];
  /** USD per million tokens. */
  readonly input?: string;
  readonly output?: string;
  readonly maxOutputTokens?: number;
  readonly timeouts?: string;
}

/**
 * Text of an apilink.yaml. Input is free and output costs 1,000 nano-USD a token unless told otherwise, so that holds
 * and charges can be worked out in the head.
 */
export function catalogOf(models: readonly TestModel[]): string {
  const baseUrls = [...new Set(models.flatMap((model) => model.endpoints.map((endpoint) => endpoint.baseUrl)))];
  const timeouts = models.find((model) => model.timeouts !== undefined)?.timeouts;
  const providers = baseUrls.map((baseUrl, index) =>
    [
      `  - id: wall-${index}`,
      `    name: Wall ${index}`,
      `    baseUrl: ${baseUrl}`,
      `    dialects: [chat]`,
      `    credentials: [{ id: main, env: WALL_API_KEY }]`,
      `    allowPrivateAddress: true`,
      ...(timeouts === undefined ? [] : [`    timeouts: ${timeouts}`]),
    ].join('\n'),
  );
  const entries = models.map((model) =>
    [
      `  - id: ${model.id}`,
      `    name: ${model.id}`,
      `    contextLength: 128000`,
      `    maxOutputTokens: ${model.maxOutputTokens ?? 32_000}`,
      `    capabilities: [tools]`,
      `    endpoints:`,
      ...model.endpoints.flatMap((endpoint) => [
        `      - provider: wall-${baseUrls.indexOf(endpoint.baseUrl)}`,
        `        upstreamModel: ${endpoint.upstreamModel}`,
        `        price: { input: "${model.input ?? '0'}", output: "${endpoint.output ?? model.output ?? '1'}" }`,
      ]),
    ].join('\n'),
  );
  return `providers:\n${providers.join('\n')}\nmodels:\n${entries.join('\n')}\n`;
}

export const wallEnvironment = { WALL_API_KEY: 'wall-secret' } as const;
