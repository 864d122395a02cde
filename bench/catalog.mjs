/** How the mock upstream behaves is written in the model's name (see upstream.c); each of these is a model of the edge. */
export const behaviours = {
  /** One whole answer of about 1 KB, at once. */
  whole: 'mock-c1-d0',
  /** 4 s of 100 events a second, each an event of its own on the wire. */
  stream: 'mock-c400-d10000',
  /** A first token at once, then four more. */
  firstToken: 'mock-c5-d1000',
  /** Three events after 60 ms: as with real answers, its hold is told to the log before its end. */
  late: 'mock-c3-d0-t60000',
  /** One event, and then nothing for ten minutes. */
  silence: 'mock-c2-d600000000',
};

/** The same name for base and edge, so that both get the same bytes: the mock finds its part of it. */
export const modelOf = (behaviour) => `bench/${behaviour}`;

/** The apilink.yaml of a run. Money is no limit here: balance and limits are far above what is asked. */
export function catalogText(upstreamPort) {
  const models = Object.values(behaviours).map((behaviour) => ({
    id: modelOf(behaviour),
    contextLength: 10_000_000,
    maxOutputTokens: 32_000,
    endpoints: [{ provider: 'mock', upstreamModel: behaviour, price: { input: '0.15', output: '0.6' } }],
  }));
  const provider = {
    id: 'mock',
    name: 'Mock upstream',
    baseUrl: `http://127.0.0.1:${upstreamPort}/v1`,
    credentials: [{ id: 'main', env: 'MOCK_API_KEY' }],
    allowPrivateAddress: true,
    timeouts: { connect: '10s', firstToken: '60s', idle: '900s', answer: '60s' },
  };
  // JSON is YAML.
  return JSON.stringify({ providers: [provider], models }, null, 2);
}
