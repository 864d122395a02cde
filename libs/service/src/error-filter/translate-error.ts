import { HttpException } from '@nestjs/common';

import { ApiError } from './api-error.js';
import { errorCode } from './error-code.js';

export interface ErrorCircumstances {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly bodyBytesMax: number;
  /** Methods that the path has; empty when it does not exist. */
  readonly allowedMethods: readonly string[];
}

/** Turns whatever was thrown into an error of the catalogue; what nobody foresaw is `internal_error`, its cause kept. */
export function translateError(error: unknown, circumstances: ErrorCircumstances): ApiError {
  if (error instanceof ApiError) return error;
  // Nest wraps Fastify's errors in an HttpException and keeps the original as its cause.
  switch (errorCode(error instanceof HttpException ? error.cause : error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ApiError('body_too_large', { limit: String(circumstances.bodyBytesMax) }, error);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return new ApiError('unsupported_media_type', { detail: circumstances.contentType ?? 'none' }, error);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new ApiError(
        'invalid_header',
        { param: 'content-length', detail: 'it is not the size of the body' },
        error,
      );
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new ApiError('invalid_json', { detail: 'it is empty' }, error);
    case 'FST_ERR_BAD_URL':
      return new ApiError('not_found', { detail: circumstances.path }, error);
    default:
      return translateStatus(error, circumstances);
  }
}

function translateStatus(error: unknown, circumstances: ErrorCircumstances): ApiError {
  const status = error instanceof HttpException ? error.getStatus() : 500;
  const { allowedMethods, method } = circumstances;
  if (status === 404 && allowedMethods.length > 0 && !allowedMethods.includes(method))
    return new ApiError('method_not_allowed', { detail: method }, error);
  if (status === 404) return new ApiError('not_found', { detail: circumstances.path }, error);
  return new ApiError('internal_error', {}, error);
}
