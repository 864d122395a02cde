import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { wallEnvironment } from './catalog.js';
import { auditDifferences, Customer, generationOf } from './customer.js';
import { Instance } from './instance.js';
import { Wall, type WallScript } from './wall.js';

const MODEL = 'anthropic/own-claude';
const messages = [{ role: 'user', content: 'hi' }];

function clock(hours: number): string {
  return `${String(hours % 24).padStart(2, '0')}:00`;
}

/** A model of an author whose five-minute cache writes are sold at the input price, with every kind of condition. */
function configuration(baseUrl: string): string {
  const hour = new Date().getUTCHours();
  return `providers:
  - { id: wall, baseUrl: "${baseUrl}", allowPrivateAddress: true, credentials: [{ id: main, env: WALL_API_KEY }] }
models:
  - id: ${MODEL}
    contextLength: 128000
    maxOutputTokens: 8000
    endpoints:
      - provider: wall
        upstreamModel: priced
        prices:
          - price: { input: "9", output: "9" }
          - from: "2026-01-01"
            price: { input: "1", output: "10", cacheRead: "0.1", cacheWrite5m: "1.25", cacheWrite1h: "2" }
          - aboveInputTokens: 1000
            price: { input: "2", output: "20", cacheRead: "0.2", cacheWrite5m: "2.5" }
          - serviceTier: flex
            price: { input: "0.5", output: "5" }
          - utc: "${clock(hour + 6)}-${clock(hour + 8)}"
            price: { input: "7", output: "7" }
          - from: "2099-01-01"
            price: { input: "8", output: "8" }
  - id: acme/vectors
    contextLength: 1000
    maxOutputTokens: 1
    endpoints: [{ provider: wall, dialects: [embeddings], price: { input: "1", output: "1" } }]
`;
}

/** An answer with these figures. */
function using(usage: object, more: object = {}): WallScript {
  return (_call, _request, response) => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'well' }, finish_reason: 'stop' }];
    const answer = {
      id: 'chatcmpl-wall',
      object: 'chat.completion',
      created: 1,
      model: 'priced',
      choices,
      usage,
      ...more,
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };
}

describe('prices that depend on what was asked, when, and what answered', () => {
  let wall: Wall;
  let instance: Instance;
  let customer: Customer;

  beforeAll(async () => {
    wall = await Wall.start();
    instance = await Instance.start({ configuration: configuration(wall.baseUrl), environment: wallEnvironment });
    customer = await Customer.create(instance, '1');
  }, 120_000);

  afterAll(async () => {
    expect(await auditDifferences(instance)).toEqual([]);
    await instance.dispose();
    await wall.stop();
  }, 60_000);

  async function charged(script: WallScript) {
    wall.script('priced', script);
    const response = await customer.chat({ model: MODEL, max_tokens: 1000, messages });
    const body = await response.text();
    expect(response.status).toBe(200);
    return { body, receipt: await customer.receipt(generationOf(response)) };
  }

  it('charges the row in force by its start date, not the one before nor the one to come', async () => {
    // 100 × $1/M + 10 × $10/M
    const { receipt } = await charged(using({ prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 }));
    expect(receipt.charge_nano_usd).toBe('200000');
  });

  it('charges the whole request by the tier of its total input, cached tokens included', async () => {
    // 1 × $2/M + 1,000 × $0.2/M + 10 × $20/M
    const prompt_tokens_details = { cached_tokens: 1000 };
    const { receipt } = await charged(
      using({ prompt_tokens: 1001, completion_tokens: 10, total_tokens: 1011, prompt_tokens_details }),
    );
    expect(receipt.charge_nano_usd).toBe('402000');
  });

  it('charges the service tier that the answer names, whatever was asked for', async () => {
    // 100 × $0.5/M + 10 × $5/M
    const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
    const { receipt } = await charged(using(usage, { service_tier: 'flex' }));
    expect(receipt.charge_nano_usd).toBe('100000');
  });

  it('sells five-minute cache writes at the input price and itemises what it absorbs', async () => {
    // 500 × $1/M, of which 400 written at $1/M; 10 × $10/M. List: 400 × $0.25/M more.
    const prompt_tokens_details = { cache_write_tokens: 400 };
    const { body, receipt } = await charged(
      using({ prompt_tokens: 500, completion_tokens: 10, total_tokens: 510, prompt_tokens_details }),
    );
    expect(receipt).toMatchObject({ charge_nano_usd: '600000', cache_premium_absorbed_nano_usd: '100000' });
    expect(JSON.parse(body)).toMatchObject({
      usage: { cost: 0.0006, cost_details: { cache_premium_absorbed: 0.0001 } },
    });
  });

  it('says over what a model is offered that is asked for over something else', async () => {
    const response = await customer.chat({ model: 'acme/vectors', max_tokens: 1, messages });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: {
        code: 'model_dialect_unsupported',
        message: 'The model "acme/vectors" is offered over embeddings, which this call cannot be said in.',
      },
    });
  });
});
