/** One million US dollars, in nano-USD: no measurement comes near it. */
const CREDIT_NANO_USD = '1000000000000000';

/** Every cap is there to be checked, and none is ever reached. */
const caps = {
  dailyCapNanoUsd: CREDIT_NANO_USD,
  weeklyCapNanoUsd: CREDIT_NANO_USD,
  monthlyCapNanoUsd: CREDIT_NANO_USD,
};

/** An account with plenty of credit and a key of it, made over billing's API as an operator does it. */
export async function createCustomer(billingOrigin, operatorToken) {
  const { accessToken } = await post(`${billingOrigin}/api/billing/v1/operator-sessions`, { operatorToken });
  const ask = (path, body) => post(`${billingOrigin}/api/billing/v1${path}`, body, accessToken);
  const { accountId } = await ask('/accounts', { name: 'Bench' });
  const grant = { amountNanoUsd: CREDIT_NANO_USD, reason: 'bench', requestKey: 'bench-credit' };
  await ask(`/accounts/${accountId}/credit-grants`, grant);
  const { apiKey, keyId } = await ask(`/accounts/${accountId}/keys`, { name: 'bench', ...caps });
  return { accountId, keyId, apiKey };
}

async function post(url, body, accessToken) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
