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

/** What the mock's endpoints speak; one provider each, so that a model has only that one. */
const dialects = ['chat', 'messages', 'responses'];

/** The same name for base and edge, so that both get the same bytes: the mock finds its part of it. */
export const modelOf = (behaviour, dialect = 'chat') => `bench-${dialect}/${behaviour}`;

/** The apilink.yaml of a run. Money is no limit here: balance and limits are far above what is asked. */
export function catalogText(upstreamPort) {
  const models = dialects.flatMap((dialect) =>
    Object.values(behaviours).map((behaviour) => ({
      id: modelOf(behaviour, dialect),
      contextLength: 10_000_000,
      maxOutputTokens: 32_000,
      endpoints: [{ provider: `mock-${dialect}`, upstreamModel: behaviour, price: { input: '0.15', output: '0.6' } }],
    })),
  );
  const providers = dialects.map((dialect) => ({
    id: `mock-${dialect}`,
    name: `Mock upstream, ${dialect}`,
    baseUrl: `http://127.0.0.1:${upstreamPort}/v1`,
    dialects: [dialect],
    credentials: [{ id: 'main', env: 'MOCK_API_KEY' }],
    allowPrivateAddress: true,
    timeouts: { connect: '10s', firstToken: '60s', idle: '900s', answer: '60s' },
  }));
  // JSON is YAML.
  return JSON.stringify({ providers, models }, null, 2);
}
