/** The paths of an application with their methods, so that a wrong method is told apart from a wrong path. */
export class RouteTable {
  readonly #routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  /** Takes a Fastify route: `:name` is one segment, `*` the rest. */
  add(url: string, method: string | readonly string[]): void {
    if (url.includes('*')) return;
    const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:\w+/g, '[^/]+');
    this.#routes.push({
      pattern: new RegExp(`^${escaped}$`),
      methods: typeof method === 'string' ? [method] : method,
    });
  }

  /** Methods that a concrete path has, in alphabetical order. */
  methodsOf(path: string): readonly string[] {
    const methods = this.#routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods);
    return [...new Set(methods)].toSorted();
  }
}
