/** Consumed by the gateway, never forwarded. */
export const gatewayKeys: readonly string[] = [
  'provider',
  'models',
  'route',
  'transforms',
  'plugins',
  'session_id',
  'usage',
];
