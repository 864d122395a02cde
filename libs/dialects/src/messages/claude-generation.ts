/** What differs between models that are spoken to in Messages. */
export interface ClaudeGeneration {
  /** `adaptive`: the model decides, `output_config.effort` says how hard. `budget`: as many tokens as the request says. */
  readonly thinking: 'adaptive' | 'budget';
  /** How thinking is switched off. `omit`: by not asking for it. `least`: it cannot be, the least effort comes nearest. */
  readonly off: 'omit' | 'disabled' | 'between_tools' | 'least';
  /** It thinks without being asked to. */
  readonly thinksUnasked: boolean;
  /** Knows `xhigh`, between `high` and `max`. */
  readonly takesExtraHigh: boolean;
  /** Takes a message with the role `system` behind a user's turn. */
  readonly takesSystemMessages: boolean;
}

/** Models of other vendors with an endpoint like Anthropic's know the older form of thinking alone. */
const otherVendor: ClaudeGeneration = {
  thinking: 'budget',
  off: 'disabled',
  thinksUnasked: false,
  takesExtraHigh: false,
  takesSystemMessages: false,
};

/**
 * Read from the model's name, as Anthropic's documentation has it in 2026-11 ("Thinking", "Effort", "Mid-conversation system
 * messages", "What's new in Claude Opus 5.5"): budgets up to 4.5; adaptive thinking from 4.6 on, alone from 4.7 on; on by
 * default from 5 on; never off on Fable, Mythos and Opus 5.5. A name that tells no version is taken for the newest.
 */
export function claudeGeneration(model: string): ClaudeGeneration {
  const name = model.toLowerCase();
  if (!name.includes('claude')) return otherVendor;
  const version = versionOf(name);
  if (version < 4.6) return { ...otherVendor, off: 'omit' };
  return {
    thinking: 'adaptive',
    off: offOf(name, version),
    thinksUnasked: version >= 5,
    takesExtraHigh: version >= 4.7,
    takesSystemMessages: version >= 4.8,
  };
}

function versionOf(name: string): number {
  const [, major, minor = '0'] = /(\d+)(?:[.-](\d)(?!\d))?/.exec(name) ?? [];
  return major === undefined ? Number.POSITIVE_INFINITY : Number(`${major}.${minor}`);
}

function offOf(name: string, version: number): ClaudeGeneration['off'] {
  if (version < 5) return 'omit';
  if (name.includes('fable') || name.includes('mythos')) return 'least';
  if (version < 5.5) return 'disabled';
  if (name.includes('sonnet')) return 'between_tools';
  return name.includes('haiku') ? 'disabled' : 'least';
}
