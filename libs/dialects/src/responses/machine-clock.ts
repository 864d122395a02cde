/** Seconds since 1970, for when a response was completed. */
export function machineSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
