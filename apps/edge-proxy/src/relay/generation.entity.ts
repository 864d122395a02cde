import type { ErrorSkin, UsageFinal } from '@apilink/contracts';
import type { Call, CallFace } from '@apilink/dialects';
import type { GateFigures } from '@apilink/holds';
import type { Span, TraceContext } from '@apilink/service';

import type { KeyIdentity } from '../admission/authentication.service.js';
import type { GrantedOutput, HoldPlan } from '../admission/hold-plan.domain.js';
import type { CallRoute } from '../call/call-route.domain.js';
import type { CarriedDialects } from '../call/carried-dialect.domain.js';
import type { KeptCall } from '../keeping/kept-call.entity.js';
import type { OpenHold } from '../metering/open-hold.entity.js';
import { holdFactsText, type AttemptFacts } from '../metering/usage-event.factory.js';
import type { RoutedEndpoint } from '../routing-table/routed-model.domain.js';

export interface GenerationFacts {
  readonly requestId: string;
  /** `gen_…` */
  readonly wire: string;
  /** `ws_…` */
  readonly workspace: string;
  readonly identity: KeyIdentity;
  readonly modelId: string;
  readonly route: CallRoute;
  readonly skin: ErrorSkin;
  readonly call: Call;
  readonly face: CallFace;
  /** In the order to be tried. */
  readonly candidates: readonly RoutedEndpoint[];
  /** In what each of them is spoken to. */
  readonly dialects: CarriedDialects;
  readonly plan: HoldPlan;
  readonly hold: OpenHold;
  readonly output: GrantedOutput;
  readonly figures: GateFigures;
  readonly app: UsageFinal['app'];
  /** The trace that the client says it belongs to. */
  readonly caller: TraceContext | null;
  /** On the monotonic clock: when the request's body was whole. */
  readonly bodyReadAt: number;
}

/** One admitted request. It carries what is known of it from the admission to its receipt. */
export class Generation {
  /** The hold that the admission granted; headers tell it. */
  readonly openedAmountNanoUsd: bigint;
  /** Output tokens of one choice that the hold pays for now. */
  heldTokens: number;
  /** Every try that has ended. */
  readonly attempts: AttemptFacts[] = [];
  /** The endpoint whose answer the client gets or got. */
  answeredBy: RoutedEndpoint | null = null;
  /** Our own time before the first dispatch; null until then. */
  overheadMs: number | null = null;
  /** Of the whole request; null when it is not sampled. */
  span: Span | null = null;
  /** What is to be kept of it; null for nearly all. */
  kept: KeptCall | null = null;

  #holdText: string | null = null;

  constructor(readonly facts: GenerationFacts) {
    this.openedAmountNanoUsd = facts.hold.amountNanoUsd;
    this.heldTokens = facts.output.heldTokens;
  }

  /** What every event says of its hold; written when the first one is, which is after the dispatch. */
  get holdText(): string {
    this.#holdText ??= holdTextOf(this.facts);
    return this.#holdText;
  }
}

function holdTextOf({ wire, workspace, identity, modelId, candidates, hold }: GenerationFacts): string {
  return holdFactsText({
    generation: wire,
    account: identity.wire.account,
    workspace,
    key: identity.wire.key,
    modelId,
    candidates: candidates.map(({ endpointId, card }) => ({ endpointId, priceVersion: card.priceVersion })),
    periods: hold.periods,
    openedAt: hold.openedAt,
  });
}
