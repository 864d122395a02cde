import { pricesOfDialect, type Capability, type ConfiguredPriceRow, type Dialect } from '@apilink/contracts';

import type { CatalogModel, CatalogOffer } from './catalog-data.js';
import { genaiModelOf, type GenaiModel, type GenaiPrices } from './genai-prices.js';
import { HUGGING_FACE, importPlans, leftOut, type ImportPlan } from './import-plan.js';
import { modelIdOf } from './model-name.js';
import type { PiAi, PiAiModel } from './pi-ai.js';
import type { SourceModel } from './source-model.js';

export interface CatalogPackages {
  readonly genai: GenaiPrices;
  readonly piAi: PiAi;
}

/** What the packages say of one offer, before its family fills what they leave open. */
interface RawOffer {
  readonly provider: string;
  readonly modelId: string;
  readonly upstreamModel: string;
  readonly dialects: readonly Dialect[];
  readonly facts: readonly SourceModel[];
  readonly isFromPiAi: boolean;
  readonly prices: readonly ConfiguredPriceRow[];
}

/**
 * One model per family, with an offer of each provider that sells it. genai-prices says what it costs, pi-ai what is sold
 * now and how long it may be; pi-ai's prices stand in where the other has none. A model of which nobody says how much it
 * reads is left out: it could not be routed.
 */
export function mergePackages(packages: CatalogPackages): CatalogModel[] {
  const families = new Map<string, RawOffer[]>();
  for (const offer of rawOffers(packages)) {
    const family = families.get(offer.modelId) ?? [];
    families.set(offer.modelId, [...family, offer]);
  }
  const known = factsByModel(packages);
  return [...families].flatMap(([id, offers]) => modelOf(id, offers, known.get(id) ?? []));
}

function rawOffers(packages: CatalogPackages): RawOffer[] {
  return [...importPlans.flatMap((plan) => planned(plan, packages)), ...huggingFaceOffers(packages)];
}

function planned(plan: ImportPlan, { genai, piAi }: CatalogPackages): RawOffer[] {
  const priced = plan.genai.flatMap((id) => genai.get(id) ?? []);
  const special = new Map(plan.special?.map(({ id, dialect }) => [id, dialect]));
  const offer = (id: string, dialects: readonly Dialect[], current: PiAiModel | null): RawOffer[] => {
    const list = genaiModelOf(priced, id);
    const modelId = modelIdOf(id, plan.author);
    if (modelId === null) return [];
    return [
      {
        provider: plan.provider,
        modelId,
        upstreamModel: plan.upstreamModel?.(id) ?? id,
        dialects,
        facts: [current, list].filter((facts) => facts !== null),
        isFromPiAi: current !== null,
        prices: asSpoken(dialects, chosenPrices(id, list, current)),
      },
    ];
  };
  const specials = [...special]
    .filter(([id]) => genaiModelOf(priced, id) !== null)
    .flatMap(([id, dialect]) => offer(id, [dialect], null));
  const current = plan.piAi === null ? null : (piAi.get(plan.piAi) ?? []);
  const chats =
    current === null
      ? priced.filter((model) => !model.isDeprecated && !special.has(model.id)).map(({ id }) => ({ id, model: null }))
      : current.map((model) => ({ id: model.id, model }));
  const wanted = chats.filter(({ id }) => !leftOut.test(id.toLowerCase()) && (plan.only?.test(id) ?? true));
  return [...specials, ...wanted.flatMap(({ id, model }) => offer(id, plan.dialects(id), model))];
}

/** What a speech model puts out is sound, whatever a price list calls it. */
function asSpoken(dialects: readonly Dialect[], prices: readonly ConfiguredPriceRow[]): readonly ConfiguredPriceRow[] {
  if (!dialects.includes('speech')) return prices;
  return prices.map(({ price: { output, ...price }, ...conditions }) => ({
    ...conditions,
    price: output === undefined ? price : { ...price, audioOutput: output },
  }));
}

/** How far two packages may differ and still speak of one price: the looser match of names must not pass for it. */
function chosenPrices(id: string, list: GenaiModel | null, current: PiAiModel | null): readonly ConfiguredPriceRow[] {
  const [ofList, ofCurrent] = [list?.prices ?? [], current?.prices ?? []];
  if (ofList.length === 0) return ofCurrent;
  if (ofCurrent.length === 0 || list?.id.toLowerCase() === id.toLowerCase()) return ofList;
  return saysTheSame(ofList, ofCurrent) ? ofList : ofCurrent;
}

/** Whether any row of the longer list asks what the other asks for plain input and output. */
function saysTheSame(list: readonly ConfiguredPriceRow[], current: readonly ConfiguredPriceRow[]): boolean {
  const [plain] = current;
  return list.some(({ price }) => price.input === plain?.price.input && price.output === plain?.price.output);
}

/** The cheapest partner of each model that Hugging Face sells now. */
function huggingFaceOffers({ genai, piAi }: CatalogPackages): RawOffer[] {
  const partners = [...genai].filter(([id]) => id.startsWith(HUGGING_FACE.genaiPrefix));
  return (piAi.get(HUGGING_FACE.piAi) ?? []).flatMap((model) => {
    const sold = partners.flatMap(([id, models]) => {
      const list = models.find((one) => one.id.toLowerCase() === model.id.toLowerCase());
      const partner = id.slice(HUGGING_FACE.genaiPrefix.length);
      return list === undefined || list.prices.length === 0 ? [] : [{ partner, list, price: plainPrice(list) }];
    });
    const [cheapest] = sold.toSorted((one, other) => one.price - other.price || (one.partner < other.partner ? -1 : 1));
    const modelId = modelIdOf(model.id, null);
    if (cheapest === undefined || modelId === null) return [];
    return [
      {
        provider: HUGGING_FACE.provider,
        modelId,
        upstreamModel: `${model.id}:${cheapest.partner}`,
        dialects: ['chat'] as const,
        facts: [model, cheapest.list],
        isFromPiAi: true,
        prices: cheapest.list.prices,
      },
    ];
  });
}

/** For comparing alone; nothing is charged by it. */
function plainPrice({ prices: [row] }: SourceModel): number {
  return Number(row?.price.input ?? 0) + Number(row?.price.output ?? 0);
}

/** What anybody in the packages says of a model, also whom we do not buy from. */
function factsByModel({ genai, piAi }: CatalogPackages): ReadonlyMap<string, readonly SourceModel[]> {
  const known = new Map<string, SourceModel[]>();
  for (const models of [...piAi.values(), ...genai.values()]) {
    for (const model of models) {
      const id = modelIdOf(model.id, null);
      if (id !== null) known.set(id, [...(known.get(id) ?? []), model]);
    }
  }
  return known;
}

function modelOf(id: string, raw: readonly RawOffer[], others: readonly SourceModel[]): CatalogModel[] {
  const facts = [...raw.flatMap((offer) => offer.facts), ...others];
  const offers = onePerProvider(raw).flatMap((offer) => offerOf(offer, facts));
  if (offers.length === 0) return [];
  const name = facts.find((one) => one.name !== one.id)?.name ?? id.slice(id.indexOf('/') + 1);
  const description = facts.find((one) => one.description !== '')?.description ?? '';
  return [{ id, name: plainName(name), description: firstSentences(description), offers }];
}

/** A provider may have several names of one model (dated, by region): the priced one, the wider region, the shorter name. */
function onePerProvider(offers: readonly RawOffer[]): readonly RawOffer[] {
  const best = new Map<string, RawOffer>();
  for (const offer of offers) {
    const before = best.get(offer.provider);
    if (before === undefined || rank(offer) < rank(before)) best.set(offer.provider, offer);
  }
  return [...best.values()];
}

function rank({ prices, upstreamModel }: RawOffer): string {
  const region = upstreamModel.startsWith('global.') ? 0 : 1;
  const length = String(upstreamModel.length).padStart(3, '0');
  return `${prices.length > 0 ? 0 : 1} ${region} ${length} ${upstreamModel}`;
}

function offerOf(raw: RawOffer, family: readonly SourceModel[]): CatalogOffer[] {
  const own = largest(raw.facts, ({ contextLength }) => contextLength);
  const contextLength = own ?? largest(family, (facts) => facts.contextLength) ?? specialContext(raw.dialects);
  if (contextLength === null) return [];
  const output =
    largest(raw.facts, (facts) => facts.maxOutputTokens) ?? largest(family, (facts) => facts.maxOutputTokens);
  const { provider, upstreamModel, dialects, prices } = raw;
  return [
    {
      provider,
      upstreamModel,
      dialects: [...dialects],
      contextLength,
      // Where nobody knows a limit there is none but the context.
      maxOutputTokens: isChat(dialects) ? Math.min(output ?? contextLength, contextLength) : 1,
      capabilities: capabilitiesOf(raw, family),
      ...(isChargeable(dialects, prices) ? { prices: [...prices] } : {}),
    },
  ];
}

/** Zero is how a package says that it does not know. */
function largest(facts: readonly SourceModel[], of: (model: SourceModel) => number | null): number | null {
  const most = Math.max(0, ...facts.map((model) => of(model) ?? 0));
  return most === 0 ? null : most;
}

/** What is not a chat reads no context that a request could outgrow. */
function specialContext(dialects: readonly Dialect[]): number | null {
  return isChat(dialects) ? null : 32_768;
}

const chatDialects: readonly Dialect[] = ['chat', 'responses', 'messages', 'gemini', 'converse'];

/** A provider without a dialect that we know sells chats as well. */
function isChat(dialects: readonly Dialect[]): boolean {
  return dialects.length === 0 || dialects.some((dialect) => chatDialects.includes(dialect));
}

function isChargeable(dialects: readonly Dialect[], prices: readonly ConfiguredPriceRow[]): boolean {
  const spoken: readonly Dialect[] = dialects.length === 0 ? ['chat'] : dialects;
  return (
    prices.length > 0 &&
    spoken.some((dialect) =>
      pricesOfDialect[dialect].some((needed) =>
        prices.every(({ price }) => needed.every((dimension) => price[dimension] !== undefined)),
      ),
    )
  );
}

/** pi-ai lists only models that call tools, and says which see images and which think before they answer. */
function capabilitiesOf({ dialects, isFromPiAi, prices }: RawOffer, family: readonly SourceModel[]): Capability[] {
  if (!isChat(dialects)) return [];
  const callsTools = isFromPiAi || family.some((facts) => 'api' in facts);
  const capabilities: Capability[] = callsTools ? ['tools', 'structured-output'] : [];
  if (family.some(({ readsImages }) => readsImages)) capabilities.push('images');
  if (family.some(({ reasons }) => reasons)) capabilities.push('reasoning');
  if (prices.some(({ price }) => price.cacheRead !== undefined)) capabilities.push('prompt-cache');
  return capabilities;
}

/** Without what a package says about its own entry: `Claude Sonnet 4.5 (latest)`. */
function plainName(name: string): string {
  return name.replace(/ \((latest|free|us|eu|global|apac|[a-z]+ \d+)\)$/i, '').slice(0, 200);
}

function firstSentences(description: string): string {
  const text = description.replaceAll(/\s+/g, ' ').trim();
  if (text.length <= 300) return text;
  const end = text.slice(0, 300).lastIndexOf('. ');
  return end > 0 ? text.slice(0, end + 1) : `${text.slice(0, 299)}…`;
}
