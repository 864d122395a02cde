import type { QuoteReply } from '@apilink/contracts';
import type { GateFigures } from '@apilink/holds';

import { AdmissionRefused, type AdmissionService } from '../admission/admission.service.js';
import type { KeyIdentity } from '../admission/authentication.service.js';
import { codeOfBlock } from '../admission/refusal.errors.js';
import type { ChatPlanService } from '../chat-completions/chat-plan.service.js';
import { quoteOf } from './quote.factory.js';

export interface Quoted {
  readonly reply: QuoteReply;
  readonly figures: GateFigures;
}

/** A dry run: reads the request as the real call does and asks the gate once, without holding anything. */
export class QuoteService {
  constructor(
    private readonly plans: ChatPlanService,
    private readonly admission: AdmissionService,
  ) {}

  /** Rejects as the real call does, but for want of money: that is told in the quote. */
  async quote(identity: KeyIdentity, body: Buffer): Promise<Quoted> {
    const { request, model, candidates, plan } = this.plans.plan(body);
    const { modelId, maxOutputTokens } = model.published;
    const reading = await this.admission.read(identity);
    const figures = reading.left;
    if (reading.blocked !== null) throw new AdmissionRefused([codeOfBlock[reading.blocked]], figures);
    if (reading.key.models !== null && !reading.key.models.includes(modelId)) {
      throw new AdmissionRefused(['model_not_allowed', { param: 'model', detail: request.model }], figures);
    }
    const { choices } = request;
    const reply = quoteOf({ modelId, modelMaxTokens: maxOutputTokens, choices, plan, candidates, figures });
    return { reply, figures };
  }
}
