/** The credential of an `Authorization: Bearer …` header; null when there is none. */
export function bearerToken(authorization: string | undefined): string | null {
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  return token ?? null;
}
