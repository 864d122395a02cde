import type { QuoteReply } from '@apilink/contracts';
import type { CallReading } from '@apilink/dialects';
import type { GateFigures } from '@apilink/holds';

import { AdmissionRefused, type AdmissionService } from '../admission/admission.service.js';
import type { KeyIdentity } from '../admission/authentication.service.js';
import { codeOfBlock, modelRefusal } from '../admission/refusal.errors.js';
import type { CallPlanService } from '../call/call-plan.service.js';
import { quoteOf } from './quote.factory.js';

export interface Quoted {
  readonly reply: QuoteReply;
  readonly figures: GateFigures;
}

/** A dry run: reads the request as the real call does and asks the gate once, without holding anything. */
export class QuoteService {
  constructor(
    private readonly plans: CallPlanService,
    private readonly admission: AdmissionService,
  ) {}

  /** Rejects as the real call does, but for want of money: that is told in the quote. */
  async quote(identity: KeyIdentity, asked: CallReading): Promise<Quoted> {
    const { call, model, candidates, plan } = this.plans.plan(asked);
    const { modelId, maxOutputTokens } = model.published;
    const reading = await this.admission.read(identity);
    const figures = reading.left;
    if (reading.blocked !== null) throw new AdmissionRefused([codeOfBlock[reading.blocked]], figures);
    if (reading.key.models !== null && !reading.key.models.includes(modelId)) {
      throw new AdmissionRefused(modelRefusal(reading.key.models, call.facts.model), figures);
    }
    const { choices } = call.facts;
    const reply = quoteOf({ modelId, modelMaxTokens: maxOutputTokens, choices, plan, candidates, figures });
    return { reply, figures };
  }
}
