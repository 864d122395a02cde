/** The address that this machine reaches a listener by: one that listens everywhere is asked on loopback. */
export function originOf({ address, port }: { readonly address: string; readonly port: number }): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
