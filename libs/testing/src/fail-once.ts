/** The same function, but the first call fails with the error, before or after the work is done. */
export function failOnce<Arguments extends readonly unknown[], Result>(
  work: (...args: Arguments) => Promise<Result>,
  error: Error,
  moment: 'before' | 'after' = 'before',
): (...args: Arguments) => Promise<Result> {
  let hasFailed = false;
  return async (...args) => {
    const isFirst = !hasFailed;
    hasFailed = true;
    if (isFirst && moment === 'before') throw error;
    const result = await work(...args);
    // The work is done and its answer is lost: what a cut connection looks like to the caller.
    if (isFirst) throw error;
    return result;
  };
}
