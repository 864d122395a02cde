import { StandardSchemaValidationPipe } from '@nestjs/common';

import { ApiError } from './api-error.js';

type Exceptions = NonNullable<
  NonNullable<ConstructorParameters<typeof StandardSchemaValidationPipe>[0]>['exceptionFactory']
>;
type Issues = Parameters<Exceptions>[0];

/** Parses `@Body({ schema })`, `@Query({ schema })` and `@Param('x', { schema })`; the first fault names its parameter. */
export function createValidationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({ exceptionFactory: validationError });
}

/** Public because services validate outside of Nest's pipes too. */
export function validationError(issues: Issues): ApiError {
  const [issue] = issues;
  const steps = (issue?.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
  const param = steps.length === 0 ? 'body' : steps.join('.');
  const message = issue?.message ?? 'it is not valid';
  if (message.endsWith(' received undefined')) return new ApiError('missing_parameter', { param });
  return new ApiError('invalid_parameter', { param, detail: message });
}
