/**
 * Runs stories one after the other and prints what each told, or threw, as one line of JSON: the test compares, the
 * driver only does what a user's program would do.
 */
export async function tell(stories) {
  const told = {};
  for (const [name, story] of Object.entries(stories)) {
    try {
      told[name] = { value: (await story()) ?? null };
    } catch (error) {
      told[name] = {
        error: error instanceof Error ? `${error.name}: ${error.message}\n${error.stack}` : String(error),
      };
    }
  }
  process.stdout.write(`\n${JSON.stringify(told)}\n`);
}

/** What a call throws, as far as programs look at it. */
export async function thrown(call) {
  try {
    await call();
    return 'nothing';
  } catch (error) {
    const { name, status, code, type, statusCode } = error;
    return { class: error.constructor.name, name, status: status ?? statusCode, code, type, message: error.message };
  }
}

/** A fetch that counts, for what a client repeats by itself. */
export function counting() {
  const counter = { requests: 0 };
  const counted = (...args) => {
    counter.requests += 1;
    return fetch(...args);
  };
  return { counter, fetch: counted };
}

export const baseURL = process.env.APILINK_BASE_URL;
export const origin = process.env.APILINK_ORIGIN;
export const apiKey = process.env.APILINK_API_KEY;
export const emptyKey = process.env.APILINK_EMPTY_KEY;
