import {
  catalogDifference,
  mergePackages,
  type CatalogData,
  type CatalogDifference,
  type CatalogPackages,
  type CatalogSource,
} from '@apilink/catalog';

import { changeText } from './catalog-view.service.js';

/** Losing more than this share of the models is how a package looks that says things differently now. */
const LOSS_SHARE_PERCENT = 30;

export interface CatalogProposal {
  readonly data: CatalogData;
  readonly difference: CatalogDifference;
  /** What is not taken over without approval, each in words. */
  readonly objections: readonly string[];
}

/** What an import would write, against what is frozen. `today` is the day of a source that is new. */
export function proposalOf(
  frozen: CatalogData,
  fetched: { readonly packages: CatalogPackages; readonly sources: readonly Omit<CatalogSource, 'importedOn'>[] },
  today: string,
): CatalogProposal {
  const models = mergePackages(fetched.packages);
  const difference = catalogDifference(frozen.models, models);
  const sources = fetched.sources.map((source) => datedSource(source, frozen.sources, today));
  const jumps = difference.changes.filter(({ isJump }) => isJump).map((change) => changeText(change));
  const lost = difference.removedModels.length;
  const loses = lost * 100 > frozen.models.length * LOSS_SHARE_PERCENT;
  return {
    data: { format: 1, sources, models },
    difference,
    objections: loses ? [`${lost} of ${frozen.models.length} models would be removed`, ...jumps] : jumps,
  };
}

/** The same archive keeps the day on which it was first imported, so that importing twice changes nothing. */
function datedSource(
  source: Omit<CatalogSource, 'importedOn'>,
  frozen: readonly CatalogSource[],
  today: string,
): CatalogSource {
  const same = frozen.find(
    (one) =>
      one.package === source.package &&
      one.version === source.version &&
      (source.sha256 === null || one.sha256 === source.sha256),
  );
  return same ?? { ...source, importedOn: today };
}
