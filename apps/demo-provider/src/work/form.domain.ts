import { z } from 'zod';

import { WorkRefusal } from './work.domain.js';

/** A form as its fields (the last one of a name) and its files, in their order. */
export interface SentForm {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly files: readonly { readonly name: string; readonly content: Buffer }[];
}

/** Pictures of a document, as `images[].image_url`: data URLs, since nothing is fetched here. */
const documentSchema = z.looseObject({
  images: z.array(z.looseObject({ image_url: z.string().startsWith('data:') })).default([]),
});

function formOfDocument(body: Buffer): SentForm {
  const parsed = documentSchema.safeParse(JSON.parse(body.toString()));
  if (!parsed.success) throw new WorkRefusal('images', z.prettifyError(parsed.error));
  const { images, ...fields } = parsed.data;
  const files = images.map(({ image_url: url }) => ({
    name: 'image',
    content: Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'),
  }));
  return { fields, files };
}

/** Read by the platform's own reader: another one than the edge's, so that tests compare two readings. */
async function readForm(body: unknown, contentType: string | undefined): Promise<SentForm> {
  if (Buffer.isBuffer(body) && contentType === 'application/json') return formOfDocument(body);
  if (!Buffer.isBuffer(body) || contentType === undefined || !contentType.startsWith('multipart/form-data')) {
    throw new WorkRefusal('content-type', 'Send multipart/form-data.');
  }
  const form = await formOf(body, contentType);
  const fields: Record<string, string> = {};
  const files: { name: string; content: Buffer }[] = [];
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value;
    else files.push({ name, content: Buffer.from(await value.arrayBuffer()) });
  }
  return { fields, files };
}

async function formOf(body: Buffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw new WorkRefusal('body', 'The form is broken.');
  }
}

/** What was read, or why it could not be. */
export type FormReading = SentForm | { readonly refusal: unknown };

/** The same as a value: whoever plays the request throws the refusal in its place. */
export async function tryForm(body: unknown, contentType: string | undefined): Promise<FormReading> {
  return readForm(body, contentType).catch((refusal: unknown) => ({ refusal }));
}
