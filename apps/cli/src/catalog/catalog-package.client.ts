import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import {
  GENAI_PRICES,
  GENAI_PRICES_FILE,
  PI_AI,
  PI_AI_FOLDER,
  readGenaiPrices,
  readPiAi,
  type CatalogPackages,
} from '@apilink/catalog';
import { extract } from 'tar';
import { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';
import { printable } from '../output/table.domain.js';

/** A package as it was fetched. */
export interface FetchedPackage {
  readonly package: string;
  readonly version: string;
  readonly license: string;
  /** Of the archive; null for an unpacked folder. */
  readonly sha256: string | null;
}

export interface FetchedPackages {
  readonly sources: readonly FetchedPackage[];
  readonly packages: CatalogPackages;
}

/** Which version of each package is wanted: a version, or a tag like `latest`. */
export interface WantedVersions {
  readonly genaiPrices: string;
  readonly piAi: string;
}

/** An archive is a quarter of a megabyte, unpacked four: beyond this it is another kind of package. */
const ARCHIVE_BYTES_MAX = 64 * 1024 * 1024;
const NPM_TIMEOUT_MS = 120_000;

const manifestSchema = z.object({ name: z.string(), version: z.string(), license: z.string().default('unknown') });

interface Unpacked {
  readonly folder: string;
  readonly sha256: string | null;
}

/**
 * Fetches both packages by `npm pack` into a folder of their own and reads their data. They are not installed, nothing
 * that they depend on is fetched, and nothing in them runs.
 */
export async function fetchPackages(wanted: WantedVersions): Promise<FetchedPackages> {
  return withFolder(async (folder) => {
    const names = [`${GENAI_PRICES}@${wanted.genaiPrices}`, `${PI_AI}@${wanted.piAi}`];
    try {
      await promisify(execFile)('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, ...names], {
        timeout: NPM_TIMEOUT_MS,
        cwd: folder,
      });
    } catch (error) {
      const sentence = `npm could not fetch ${names.join(' and ')}; --from takes a folder with both.`;
      throw new CommandError(exitCodes.notReachable, sentence, { cause: error });
    }
    return readFolder(folder);
  });
}

/** Reads both packages from a folder: unpacked anywhere in it, or as the archives that `npm pack` writes. */
export async function packagesFrom(folder: string): Promise<FetchedPackages> {
  if (!isFolder(folder)) throw new CommandError(exitCodes.refused, `${printable(folder)} is no folder.`);
  return readFolder(folder);
}

async function readFolder(folder: string): Promise<FetchedPackages> {
  return withFolder(async (workplace) => {
    const unpacked = [...(await unpackedArchives(folder, workplace)), ...foldersOfPackages(folder, 3)];
    const [genai, piAi] = [find(GENAI_PRICES, unpacked, folder), find(PI_AI, unpacked, folder)];
    const dataFolder = join(piAi.folder, PI_AI_FOLDER);
    const files = filesOf(dataFolder).filter((name) => /^[a-z0-9].*\.json$/.test(name));
    return {
      sources: [genai.source, piAi.source],
      packages: {
        genai: readGenaiPrices(readText(join(genai.folder, GENAI_PRICES_FILE))),
        piAi: readPiAi(
          new Map(files.map((name) => [name.slice(0, -'.json'.length), readText(join(dataFolder, name))])),
        ),
      },
    };
  });
}

async function unpackedArchives(folder: string, workplace: string): Promise<Unpacked[]> {
  const unpacked: Unpacked[] = [];
  for (const name of filesOf(folder).filter((file) => file.endsWith('.tgz'))) {
    const file = join(folder, name);
    if (statSync(file).size > ARCHIVE_BYTES_MAX)
      throw new CommandError(exitCodes.refused, `${printable(name)} is larger than any archive of these packages.`);
    const target = mkdtempSync(join(workplace, 'package-'));
    await extract({ file, cwd: target, strip: 1, strict: true, filter: isWanted });
    unpacked.push({ folder: target, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') });
  }
  return unpacked;
}

const wantedFiles = ['package.json', GENAI_PRICES_FILE];

/** `path` begins with the archive's own folder, `package/`. */
function isWanted(path: string): boolean {
  const inside = path.slice(path.indexOf('/') + 1);
  return wantedFiles.includes(inside) || inside.startsWith(`${PI_AI_FOLDER}/`);
}

/** Folders with a manifest, as deep as npm nests a package with a scope. */
function foldersOfPackages(folder: string, depth: number): Unpacked[] {
  const entries = filesOf(folder);
  if (entries.includes('package.json')) return [{ folder, sha256: null }];
  if (depth === 0) return [];
  return entries
    .map((name) => join(folder, name))
    .filter(isFolder)
    .flatMap((inner) => foldersOfPackages(inner, depth - 1));
}

function find(
  name: string,
  unpacked: readonly Unpacked[],
  folder: string,
): { readonly folder: string; readonly source: FetchedPackage } {
  for (const candidate of unpacked) {
    const manifest = manifestSchema.safeParse(JSON.parse(readText(join(candidate.folder, 'package.json'))));
    if (!manifest.success || manifest.data.name !== name) continue;
    const { version, license } = manifest.data;
    return { folder: candidate.folder, source: { package: name, version, license, sha256: candidate.sha256 } };
  }
  throw new CommandError(exitCodes.refused, `${printable(folder)} does not hold the package ${name}.`);
}

async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'apilink-catalog-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).toSorted();
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}
