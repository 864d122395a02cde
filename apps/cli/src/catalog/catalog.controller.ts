import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import {
  builtInCatalog,
  catalogDataUrl,
  catalogModelSchema,
  catalogProviders,
  CatalogSourceError,
  catalogText,
  isWithoutDifference,
  parseCatalogData,
  type CatalogData,
  type CatalogModel,
} from '@apilink/catalog';
import { configurationFileSchema, type ConfigurationFile } from '@apilink/contracts';
import { problemSentence, readConfiguration } from '@apilink/service';
import type { Command } from 'commander';
import { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';
import type { CommandRun } from '../command/command.service.js';
import { configurationText } from '../configuration/configuration-text.client.js';
import { printable } from '../output/table.domain.js';
import { proposalOf, type CatalogProposal } from './catalog-import.service.js';
import { overrideLines } from './catalog-override.service.js';
import { fetchPackages, packagesFrom } from './catalog-package.client.js';
import { differenceLines, modelDetailLines, modelLines, providerLines } from './catalog-view.service.js';

interface ListOptions {
  readonly author?: string;
  readonly dialect?: string;
  readonly json?: boolean;
  readonly provider?: string;
  readonly providers?: boolean;
  readonly unpriced?: boolean;
}

interface PackageOptions {
  readonly approve?: boolean;
  readonly config?: string;
  readonly from?: string;
  readonly genaiPrices: string;
  readonly json?: boolean;
  readonly piAi: string;
  readonly to: string;
}

/** `apilink catalog …`: the built-in catalog, which needs no instance. */
export function catalogCommands(program: Command, run: CommandRun): void {
  const catalog = program.command('catalog').description('the built-in catalog of models, providers and prices');
  catalog
    .command('list')
    .description('the models, who sells them and at what price; with a name, all that is known of it')
    .argument('[model]', 'a part of the id of a model')
    .option('--author <author>', 'models of this author, like anthropic')
    .option('--provider <provider>', 'models that this provider sells')
    .option('--dialect <dialect>', 'models that somebody sells over this dialect, like chat')
    .option('--unpriced', 'models without a price: known, but not served')
    .option('--providers', 'the providers in place of the models')
    .option('--json', 'answer for scripts')
    .action((model: string | undefined, options: ListOptions) => listCatalog(run, model, options));
  withPackages(catalog.command('diff'))
    .description('what a newer version of the packages would change, or what a configuration file prices differently')
    .option('--config <file>', 'compare apilink.yaml with the catalog, in place of the packages')
    .action((options: PackageOptions) => diffCatalog(run, options));
  withPackages(catalog.command('import'))
    .description('take the packages over into the catalog (for maintainers); exit code 1 when a price jumps')
    .option('--approve', 'take over prices that change by more than 30 % as well')
    .option('--to <file>', 'the file to write', fileURLToPath(catalogDataUrl))
    .action((options: PackageOptions) => importCatalog(run, options));
}

function withPackages(command: Command): Command {
  return command
    .option('--from <folder>', 'a folder with both packages, unpacked or as archives (default: npm fetches them)')
    .option('--genai-prices <version>', 'version of @pydantic/genai-prices to fetch', 'latest')
    .option('--pi-ai <version>', 'version of @earendil-works/pi-ai to fetch', 'latest')
    .option('--json', 'answer for scripts');
}

function listCatalog(run: CommandRun, named: string | undefined, options: ListOptions): void {
  const { models, sources } = builtInCatalog();
  const output = run.output(options);
  if (options.providers === true) {
    if (output.forScripts) output.script({ providers: catalogProviders });
    else output.lines(providerLines(catalogProviders, models));
    return;
  }
  const found = models.filter((model) => isLike(model, named, options));
  const exact = found.filter(({ id }) => id === named);
  const shown = exact.length > 0 ? exact : found;
  if (output.forScripts) output.script({ sources, models: shown.map((model) => z.encode(catalogModelSchema, model)) });
  else if (shown.length === 1 && named !== undefined) output.lines(shown.flatMap(modelDetailLines));
  else
    output.lines([
      ...modelLines(shown, run.terminal.now()),
      '',
      `${shown.length} of ${models.length} models; USD per million tokens.`,
    ]);
}

function isLike({ id, offers }: CatalogModel, named: string | undefined, options: ListOptions): boolean {
  const { author, dialect, provider, unpriced } = options;
  return (
    (named === undefined || id.includes(named.toLowerCase())) &&
    (author === undefined || id.startsWith(`${author}/`)) &&
    (provider === undefined || offers.some((offer) => offer.provider === provider)) &&
    (dialect === undefined || offers.some((offer) => offer.dialects.some((spoken) => spoken === dialect))) &&
    (unpriced !== true || offers.every(({ prices }) => prices === undefined))
  );
}

async function diffCatalog(run: CommandRun, options: PackageOptions): Promise<void> {
  const output = run.output(options);
  if (options.config !== undefined) {
    const overrides = overrideLines(configuration(options.config), builtInCatalog().models);
    if (output.forScripts) output.script({ overrides });
    else output.lines(overrides.length === 0 ? ['It prices nothing that the catalog has.'] : overrides);
    return;
  }
  const { difference, data } = await proposal(options, builtInData(), run);
  if (output.forScripts) output.script({ sources: data.sources, difference: scriptDifference(difference) });
  else output.lines(isWithoutDifference(difference) ? ['Nothing would change.'] : differenceLines(difference));
}

function configuration(path: string): ConfigurationFile {
  const read = readConfiguration(configurationText(path), configurationFileSchema);
  if (read.ok) return read.value;
  const [problem] = read.problems;
  const sentence = problem === undefined ? `${path} is not valid.` : problemSentence(path, problem);
  throw new CommandError(exitCodes.refused, printable(sentence));
}

async function importCatalog(run: CommandRun, options: PackageOptions): Promise<void> {
  const output = run.output(options);
  const frozen = frozenData(options.to);
  const { data, difference, objections } = await proposal(options, frozen, run);
  const isRefused = objections.length > 0 && options.approve !== true;
  const text = catalogText(data);
  const isWritten = !isRefused && text !== catalogText(frozen);
  if (isWritten) writeFileSync(options.to, text);
  if (isRefused) run.exitCode = exitCodes.negative;
  if (output.forScripts) {
    output.script({ written: isWritten, objections, sources: data.sources, difference: scriptDifference(difference) });
    return;
  }
  output.lines(differenceLines(difference));
  if (isRefused) {
    const reason = 'Not imported: look at each, then say --approve.';
    output.lines([`${reason} What changes by more than 30 %:`, ...objections.map((each) => `  ${each}`)]);
  } else output.lines([importedText(data, isWritten)]);
}

function importedText({ models, sources }: CatalogData, isWritten: boolean): string {
  const from = sources.map((source) => `${source.package} ${source.version}`).join(' and ');
  return `${isWritten ? 'Imported' : 'Nothing changes'}: ${models.length} models from ${from}.`;
}

async function proposal(options: PackageOptions, frozen: CatalogData, run: CommandRun): Promise<CatalogProposal> {
  try {
    const fetched =
      options.from === undefined
        ? await fetchPackages({ genaiPrices: options.genaiPrices, piAi: options.piAi })
        : await packagesFrom(options.from);
    return proposalOf(frozen, fetched, new Date(run.terminal.now()).toISOString().slice(0, 10));
  } catch (error) {
    if (!(error instanceof CatalogSourceError)) throw error;
    const sentence = `The packages say things in a way that this importer does not know: ${printable(error.message)}`;
    throw new CommandError(exitCodes.refused, sentence, { cause: error });
  }
}

function builtInData(): CatalogData {
  return frozenData(fileURLToPath(catalogDataUrl));
}

/** A file that is not there yet has nothing frozen. */
function frozenData(path: string): CatalogData {
  try {
    return parseCatalogData(readFileSync(path, 'utf8'));
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
      return { format: 1, sources: [], models: [] };
    throw new CommandError(exitCodes.refused, `${printable(path)} is no catalog that this version can read.`, {
      cause: error,
    });
  }
}

/** Bigints have no place in JSON: a percentage goes out as hundredths in a string. */
function scriptDifference({ changes, ...lists }: CatalogProposal['difference']): object {
  return {
    ...lists,
    changes: changes.map(({ basisPoints, ...change }) => ({
      ...change,
      basisPoints: basisPoints === null ? null : basisPoints.toString(),
    })),
  };
}
