/** Parameters that the gateway consumes and never forwards, in every dialect. */
export const gatewayKeys: readonly string[] = [
  'provider',
  'models',
  'route',
  'transforms',
  'plugins',
  'session_id',
  'usage',
];
