import { invalid, unsupported, type RequestProblem } from '../call/request-problem.js';

/** Keeps the first reason why a request is refused. */
export class FirstProblem {
  problem: RequestProblem | null = null;

  unsupported(param: string, detail: string): void {
    this.problem ??= unsupported(param, detail);
  }

  invalid(param: string, expected: string): void {
    this.problem ??= invalid(param, expected);
  }

  note(problem: RequestProblem | null): void {
    this.problem ??= problem;
  }
}
