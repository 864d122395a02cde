import type { RoutedModel } from '../routing-table/routed-model.domain.js';

/**
 * What Codex tells a model that its own catalog does not know. Short on purpose: the form of each tool stands with the tool,
 * and what the project wants in its AGENTS.md.
 */
const BASE_INSTRUCTIONS = `You are a coding agent in the Codex CLI, working with a person in their terminal and in their files.

- Keep going until the task is done: look, change, check. Ask only when you cannot go on without an answer.
- Read before you write. Search with \`rg\` where it is there. Follow the instructions of AGENTS.md files for what lies below them.
- Change files with the apply_patch tool, as little as solves the cause of the problem, in the style of what is there. Leave alone what you were not asked about; never undo changes that are not yours, and run no destructive command such as \`git reset --hard\` unless you were asked to.
- Run the tests, builds or linters that the project has for what you changed, and say what you could not check.
- Commands may be sandboxed: where one fails for that reason and matters, ask for approval in the way that its tool offers.
- Before longer work say in one sentence what you are about to do. Answer briefly and plainly; name files as \`path:line\`; do not repeat whole files.`;

/** Tool output beyond this is cut by Codex before the model sees it; its own value for most models. */
const TOOL_OUTPUT_TOKENS = 10_000;
/** The order in its picker; smaller comes first, and its own models are below ten. */
const PRIORITY = 50;

const efforts = [
  { effort: 'low', description: 'Fast answers with little reasoning' },
  { effort: 'medium', description: 'A balance of speed and depth' },
  { effort: 'high', description: 'More reasoning for hard problems' },
] as const;

/**
 * Codex' `ModelInfo` (codex-rs/protocol/src/openai_models.rs), as versions up to 0.169 read it: one missing field drops the
 * whole catalog, so fields of other versions stand here too.
 */
export function codexModel({ published }: RoutedModel) {
  const { capabilities, contextLength } = published;
  const reasons = capabilities.includes('reasoning');
  return {
    slug: published.modelId,
    display_name: published.name,
    description: published.description.slice(0, 300),
    default_reasoning_level: reasons ? 'medium' : null,
    supported_reasoning_levels: reasons ? efforts : [],
    shell_type: 'unified_exec',
    visibility: 'list',
    supported_in_api: true,
    priority: PRIORITY,
    additional_speed_tiers: [],
    service_tiers: [],
    default_service_tier: null,
    availability_nux: null,
    upgrade: null,
    base_instructions: BASE_INSTRUCTIONS,
    model_messages: null,
    supports_reasoning_summaries: reasons,
    supports_reasoning_summary_parameter: reasons,
    default_reasoning_summary: 'auto',
    support_verbosity: false,
    default_verbosity: null,
    apply_patch_tool_type: 'freeform',
    web_search_tool_type: 'text',
    truncation_policy: { mode: 'tokens', limit: TOOL_OUTPUT_TOKENS },
    supports_parallel_tool_calls: capabilities.includes('tools'),
    supports_image_detail_original: false,
    context_window: contextLength,
    max_context_window: contextLength,
    auto_compact_token_limit: null,
    effective_context_window_percent: 95,
    experimental_supported_tools: [],
    input_modalities: capabilities.includes('images') ? ['text', 'image'] : ['text'],
    supports_search_tool: false,
    use_responses_lite: false,
  };
}
