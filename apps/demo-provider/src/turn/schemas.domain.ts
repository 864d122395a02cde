import { z } from 'zod';

export const positiveInteger = z.number().int().min(1);

/** One or many, as a list. */
export const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.union([z.array(item), item.transform((one) => [one])]);

/** The first thing that is wrong with a body, as a provider says it: where, and what. */
export function firstIssue(error: z.ZodError): { readonly param: string | null; readonly message: string } {
  const [issue] = error.issues;
  const param = issue === undefined || issue.path.length === 0 ? null : issue.path.map(String).join('.');
  return { param, message: `${param ?? 'The body'}: ${issue?.message ?? 'is not what was expected'}` };
}

/** `data:image/png;base64,…` taken apart; an address otherwise. */
export function sourceOf(url: string): { readonly url: string | null; readonly data: string | null } {
  const [, data] = /^data:[^,]*;base64,(.*)$/s.exec(url) ?? [];
  return data === undefined ? { url, data: null } : { url: null, data };
}
