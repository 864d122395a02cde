import { ADMIN_PORT_DISTANCE, servicePorts } from '../shutdown/service-ports.js';

/** Below the time limit that the image gives to the whole check. */
const ANSWER_MS_MAX = 2_000;

/**
 * Asks the service of this container whether it is ready, as the container's own health check: no shell and no curl in
 * the image. It imports nothing that a service needs, because it runs every few seconds.
 */
export async function isHealthy(env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const port = adminPortOf(env);
  if (port === null) return false;
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    return (await fetch(`http://127.0.0.1:${port}/health/ready`, { signal })).ok;
  } catch {
    return false;
  }
}

/** ADMIN_PORT, else what stands above PORT, else above the port of the service that APILINK_APP names. */
function adminPortOf(env: Readonly<Record<string, string | undefined>>): number | null {
  const { ADMIN_PORT: adminPort, PORT: port, APILINK_APP: app } = env;
  if (adminPort !== undefined && adminPort !== '') return Number(adminPort);
  if (port !== undefined && port !== '') return Number(port) + ADMIN_PORT_DISTANCE;
  const known = Object.entries(servicePorts).find(([name]) => name === app);
  return known === undefined ? null : known[1] + ADMIN_PORT_DISTANCE;
}
