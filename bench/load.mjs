/** What the generator may take beyond its own time: connecting, and the last answers. */
const OVERTIME_MS = 30_000;

/**
 * One run of the load generator against one target. CPU and memory in its answer are those of the target's process
 * alone. Throws when answers failed: figures of errors are worth nothing.
 *
 * @param load `connections`, `seconds`, `warmUpSeconds`, `model`, and where it matters `path` (default: chat completions), `bytes` of the request, `stream`,
 *   `rate` (requests a second at random instants; without it each connection asks again at once), `rampMs`, `isIdle`.
 */
export async function runLoad({ children, loadGenerator }, target, load) {
  const { connections, seconds, warmUpSeconds, model, path, bytes, stream, rate, rampMs, isIdle } = load;
  const args = ['-u', target.address, '-p', target.pid, '-k', target.apiKey, '-m', model];
  args.push('-c', connections, '-d', seconds, '-w', warmUpSeconds);
  if (path !== undefined) args.push('-P', path);
  if (bytes !== undefined) args.push('-s', bytes);
  if (rate !== undefined) args.push('-R', rate, '-K');
  if (rampMs !== undefined) args.push('-r', rampMs);
  if (stream === true) args.push('-S');
  if (isIdle === true) args.push('-I');
  const timeoutMs = (seconds + warmUpSeconds) * 1000 + OVERTIME_MS;
  const command = [loadGenerator, ...args.map(String)];
  const { stdout, stderr } = await children.capture('the load generator', command, timeoutMs);
  const answer = JSON.parse(stdout);
  const failed = answer.err + answer.non2xx + answer.conn_err;
  if (failed > 0) throw new Error(`${failed} of ${answer.ok + failed} requests to ${target.name} failed. ${stderr}`);
  return answer;
}
