import {
  errorStatus,
  errorText,
  errorType,
  googleStatus,
  publicErrorCode,
  type ErrorCode,
  type ErrorDetails,
  type ErrorSkin,
} from '@apilink/contracts';

/** The JSON text of an error in a skin. Whatever the form, `error_type` is the catalogue's code. */
export function errorBody(
  code: ErrorCode,
  details: ErrorDetails,
  requestId: string,
  skin: ErrorSkin = 'openai',
): string {
  return JSON.stringify(
    writers[skin]({
      code,
      status: errorStatus(code, skin),
      message: errorText(code, details, skin),
      type: errorType(code, skin),
      param: details.param ?? null,
      publicCode: publicErrorCode(code, skin),
      metadata: { error_type: code, request_id: requestId },
    }),
  );
}

interface ToldError {
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly publicCode: string;
  readonly metadata: { readonly error_type: string; readonly request_id: string };
}

const writers: Readonly<Record<ErrorSkin, (told: ToldError) => object>> = {
  openai: openAiError,
  responses: openAiError,
  openrouter: openRouterError,
  'openrouter-responses': openRouterError,
  anthropic: (told) => ({
    type: 'error',
    error: { type: told.type, message: told.message, ...threadDetails(told) },
    request_id: told.metadata.request_id,
  }),
  gemini: ({ code, status, message, param, metadata }) => ({
    error: { code: status, message, status: googleStatus(code), details: [errorInfo(code, param, metadata)] },
  }),
};

/** By this code alone Anthropic's SDK learns to send the whole conversation instead of a thread. */
function threadDetails({ code, param }: ToldError): object {
  if (code !== 'unsupported_parameter' || param !== 'thread') return {};
  return { details: { error_code: 'thread_unsupported_request', unsupported: null } };
}

function openAiError({ message, type, param, publicCode, metadata }: ToldError): object {
  return { error: { message, type, param, code: publicCode, metadata } };
}

function openRouterError({ status, message, type, param, metadata }: ToldError): object {
  return { error: { code: status, message, type, param, metadata } };
}

/** Google's way to name a reason for programs (google.rpc.ErrorInfo); its metadata are strings alone. */
function errorInfo(code: ErrorCode, param: string | null, metadata: ToldError['metadata']): object {
  return {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: code.toUpperCase(),
    domain: 'apilink',
    metadata: param === null ? metadata : { ...metadata, param },
  };
}
