/** Cuts a text into tokens as a model would send them; together they are the text. */
export function tokenPieces(text: string): readonly string[] {
  return text.match(/ ?[\p{L}\p{N}_]{1,12}|\s+|[^\s]/gu) ?? [];
}
