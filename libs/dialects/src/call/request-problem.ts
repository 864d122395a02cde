/** A refused request. `code` is of the error catalogue, `detail` and `limit` fill its message. */
export interface RequestProblem {
  readonly code:
    | 'invalid_json'
    | 'duplicate_key'
    | 'json_too_deep'
    | 'missing_parameter'
    | 'invalid_parameter'
    | 'unsupported_parameter';
  readonly param: string | null;
  readonly detail: string;
  readonly limit: string | null;
}

/** The parameter cannot be carried over to the endpoint's dialect. */
export function unsupported(param: string, detail: string): RequestProblem {
  return { code: 'unsupported_parameter', param, detail, limit: null };
}

/** The parameter has a value that it may not have; `expected` says which it may. */
export function invalid(param: string, expected: string): RequestProblem {
  return { code: 'invalid_parameter', param, detail: `expected ${expected}`, limit: null };
}
