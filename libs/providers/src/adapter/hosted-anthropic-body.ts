import { editMembers } from '@apilink/dialects';

/**
 * A request of Anthropic's Messages as the clouds that host its models take it: the model and whether it is streamed are
 * said by the path, the version of the API by the body. Bedrock wants the betas in the body too.
 * Sources: Anthropic's pages "Claude on Amazon Bedrock" and "Claude on Vertex AI".
 */
export function hostedAnthropicBody(
  body: readonly Buffer[],
  version: 'bedrock-2023-05-31' | 'vertex-2023-10-16',
  betas: readonly string[],
): Buffer[] {
  const added = [`"anthropic_version":${JSON.stringify(version)}`];
  if (betas.length > 0) added.push(`"anthropic_beta":${JSON.stringify(betas)}`);
  const said = new Set(['model', 'stream', 'anthropic_version', ...(betas.length > 0 ? ['anthropic_beta'] : [])]);
  return editMembers(Buffer.concat(body), ({ key }) => (said.has(key) ? 'drop' : null), added);
}
