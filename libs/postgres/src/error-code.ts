/**
 * The `code` of an error of Node or Postgres. Not by `instanceof Error`: an error of Node's own modules is of another
 * realm inside a VM context.
 */
export function errorCode(error: unknown): unknown {
  return errorProperty(error, 'code');
}

export function errorProperty(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
