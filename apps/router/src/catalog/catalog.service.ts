import { basename } from 'node:path';

import { configurationFileSchema } from '@apilink/contracts';
import {
  ConfigurationError,
  problemSentence,
  readConfiguration,
  type ConfigurationProblem,
  type Logger,
} from '@apilink/service';

import type { Clock } from '../router.config.js';
import { buildCatalog, type CatalogModel, type CatalogSources } from './catalog.domain.js';
import type { CatalogFile, FileContent } from './catalog-file.service.js';

const RETRY_MS = 1_000;

/** What became of the last look at the configuration file. Times are ms since the epoch. */
export interface ConfigurationState {
  readonly file: string;
  readonly status: 'ok' | 'error';
  /** One sentence with line and path; null when all is well. */
  readonly problem: string | null;
  readonly line: number | null;
  readonly checkedAt: number;
  /** Since when the catalog in force is in force; null while it has not been published. */
  readonly inForceSince: number | null;
}

export interface CatalogServiceOptions {
  readonly file: CatalogFile;
  /** The file was named by the operator, so it has to be there at the start. */
  readonly isRequired: boolean;
  readonly builtIn: Omit<CatalogSources, 'file'>;
  readonly logger: Logger;
  readonly now: Clock;
}

export type Publish = (models: readonly CatalogModel[]) => Promise<unknown>;

type Reading =
  | { readonly ok: true; readonly models: readonly CatalogModel[] }
  | { readonly ok: false; readonly sentence: string; readonly line: number | null };

/** Keeps the catalog equal to the built-in data and the file; a bad file is refused, and the catalog stays as it was. */
export class CatalogService {
  #models: readonly CatalogModel[] = [];
  #state: ConfigurationState;
  #publishTo: Publish = () => Promise.reject(new Error('The catalog has not been started.'));
  #running: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | null = null;
  #isStopped = false;

  /** Throws ConfigurationError, with line and path, when the file is bad: a service does not start on half a catalog. */
  constructor(private readonly options: CatalogServiceOptions) {
    const { file, isRequired, now } = options;
    const content = file.read();
    if (isRequired && content.kind === 'missing')
      throw new ConfigurationError(`APILINK_CONFIG names ${file.path}, which does not exist.`);
    const reading = this.#interpret(content);
    if (!reading.ok) throw new ConfigurationError(reading.sentence);
    this.#models = reading.models;
    this.#state = {
      file: file.path,
      status: 'ok',
      problem: null,
      line: null,
      checkedAt: now(),
      inForceSince: null,
    };
  }

  /** Publishes what was read at construction and follows the file from then on. */
  async start(publish: Publish): Promise<void> {
    this.#publishTo = publish;
    await this.#publish(this.#models);
    this.options.file.watch(() => this.#reload());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#retry) clearTimeout(this.#retry);
    await this.options.file.close();
    await this.#running;
  }

  models(): readonly CatalogModel[] {
    return this.#models;
  }

  state(): ConfigurationState {
    return this.#state;
  }

  #reload(): void {
    this.#running = this.#running.then(() => this.#load());
  }

  async #load(): Promise<void> {
    if (this.#isStopped) return;
    const { file, logger, now } = this.options;
    const content = file.read();
    const reading: Reading =
      content.kind === 'missing'
        ? { ok: false, sentence: `${basename(file.path)} is gone; its last content stays in force.`, line: null }
        : this.#interpret(content);
    if (!reading.ok) {
      logger.error({ file: file.path }, `The configuration is refused and the old one stays: ${reading.sentence}`);
      this.#state = {
        ...this.#state,
        status: 'error',
        problem: reading.sentence,
        line: reading.line,
        checkedAt: now(),
      };
      return;
    }
    try {
      await this.#publish(reading.models);
      const sentence = `${basename(file.path)} is in force: ${reading.models.length} models.`;
      // A notice: whoever has just changed the file waits for this line.
      logger.info({ file: file.path, notice: true }, sentence);
    } catch (error) {
      logger.error({ err: error }, 'The configuration is good but could not be published; trying again.');
      this.#retry = setTimeout(() => this.#reload(), RETRY_MS);
    }
  }

  async #publish(models: readonly CatalogModel[]): Promise<void> {
    await this.#publishTo(models);
    this.#models = models;
    const now = this.options.now();
    this.#state = { ...this.#state, status: 'ok', problem: null, line: null, checkedAt: now, inForceSince: now };
  }

  #interpret(content: FileContent): Reading {
    const name = basename(this.options.file.path);
    if (content.kind === 'unreadable')
      return { ok: false, sentence: `${name} cannot be read (${content.reason}).`, line: null };
    const parsed = readConfiguration(content.kind === 'text' ? content.text : '', configurationFileSchema);
    if (!parsed.ok) return refusal(name, parsed.problems);
    return { ok: true, models: buildCatalog({ ...this.options.builtIn, file: parsed.value }) };
  }
}

function refusal(name: string, problems: readonly ConfigurationProblem[]): Reading {
  const [first = { line: 1, path: '', message: 'not valid' }, ...rest] = problems;
  const more = rest.length === 0 ? '' : ` (${rest.length} more: \`apilink config check\` lists all.)`;
  return { ok: false, sentence: `${problemSentence(name, first)}${more}`, line: first.line };
}
