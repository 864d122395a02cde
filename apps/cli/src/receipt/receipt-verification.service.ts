import {
  canonicalJson,
  receiptSchema,
  SIGNED_RECEIPT_TYPE,
  type Receipt,
  type ReceiptKeySet,
} from '@apilink/contracts';
import { compactVerify, decodeProtectedHeader, errors, importJWK } from 'jose';
import { z } from 'zod';

const ALGORITHM = 'EdDSA';

/** Why a receipt is not one: it cannot be read as one, was signed with a key that is not in the set, or was changed. */
export type ReceiptProblem = 'malformed' | 'unknown_key' | 'altered';

export type ReceiptVerdict =
  | { readonly valid: true; readonly kid: string; readonly receipt: Receipt }
  | {
      readonly valid: false;
      readonly problem: ReceiptProblem;
      /** One sentence. */
      readonly detail: string;
      /** Paths of what the file says otherwise than what was signed. */
      readonly fields: readonly string[];
    };

/** `{ data, signature }` as `GET /v1/generation` answers; other members are nobody's business. */
const documentSchema = z.object({ data: z.unknown().optional(), signature: z.string().nullable() });
const compactForm = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Checks a signed receipt with nothing but the keys: the whole answer of `GET /v1/generation`, or its signature alone.
 * What the answer says in the open has to be what was signed, to the last member.
 */
export async function verifyReceipt(text: string, keySet: ReceiptKeySet): Promise<ReceiptVerdict> {
  const read = readDocument(text.trim());
  if ('valid' in read) return read;
  const kid = keyOf(read.signature);
  if (kid === null) return malformed('Its signature is not one of a receipt.');
  const key = keySet.keys.find((one) => one.kid === kid);
  if (key === undefined) {
    return { valid: false, problem: 'unknown_key', detail: `No key of the set is ${kid}.`, fields: [] };
  }
  const signed = await signedText(read.signature, await importJWK(key, ALGORITHM));
  if (signed === null) return altered('The signature does not match what it signs.', []);
  const content = parsed(signed);
  const receipt = receiptSchema.safeParse(content);
  if (!receipt.success) return malformed('It is signed, and is no receipt that this release knows.');
  const fields = read.data === undefined ? [] : differences(read.data, content, '');
  if (fields.length > 0) {
    return altered(`The file does not say what was signed: ${fields.join(', ')}.`, fields);
  }
  return { valid: true, kid, receipt: receipt.data };
}

function readDocument(text: string): { data: unknown; signature: string } | ReceiptVerdict {
  if (compactForm.test(text)) return { data: undefined, signature: text };
  const document = documentSchema.safeParse(parsed(text));
  if (!document.success) return malformed('It is neither a signed receipt nor a signature.');
  const { data, signature } = document.data;
  if (signature === null) return malformed('It is not signed: the generation still ran.');
  if (!compactForm.test(signature)) return malformed('Its signature is not one of a receipt.');
  return { data, signature };
}

/** Null when the header is not that of a receipt; no other algorithm is ever tried. */
function keyOf(signature: string): string | null {
  try {
    const { alg, typ, kid } = decodeProtectedHeader(signature);
    return alg === ALGORITHM && typ === SIGNED_RECEIPT_TYPE && kid !== undefined ? kid : null;
  } catch {
    return null;
  }
}

async function signedText(signature: string, key: Awaited<ReturnType<typeof importJWK>>): Promise<string | null> {
  try {
    const { payload } = await compactVerify(signature, key, { algorithms: [ALGORITHM] });
    return new TextDecoder().decode(payload);
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

/** Paths at which two JSON values differ, like `charge_nano_usd` or `lines[0].units`. */
function differences(shown: unknown, signed: unknown, path: string): readonly string[] {
  if (Array.isArray(shown) && Array.isArray(signed) && shown.length === signed.length) {
    const items: readonly unknown[] = shown;
    return items.flatMap((item, index) => differences(item, signed[index], `${path}[${index}]`));
  }
  if (isRecord(shown) && isRecord(signed)) {
    const names = [...new Set([...Object.keys(shown), ...Object.keys(signed)])];
    return names.flatMap((name) => differences(shown[name], signed[name], path === '' ? name : `${path}.${name}`));
  }
  const isSame =
    shown === undefined || signed === undefined ? shown === signed : canonicalJson(shown) === canonicalJson(signed);
  return isSame ? [] : [path === '' ? 'data' : path];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function malformed(detail: string): ReceiptVerdict {
  return { valid: false, problem: 'malformed', detail, fields: [] };
}

function altered(detail: string, fields: readonly string[]): ReceiptVerdict {
  return { valid: false, problem: 'altered', detail, fields };
}
