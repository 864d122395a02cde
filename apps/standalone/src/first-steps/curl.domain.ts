/** The offline model that a first request asks. */
export const demoModel = 'demo/echo';

/** A request that streams, for a terminal: lines that fit into 90 columns and can be pasted as they are. */
export function curlCommand(baseUrl: string, apiKey: string): string {
  const body = JSON.stringify({ model: demoModel, stream: true, messages: [{ role: 'user', content: 'Hello!' }] });
  return [
    `curl -N ${baseUrl}/chat/completions \\`,
    `  -H 'Authorization: Bearer ${apiKey}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${body}'`,
  ].join('\n');
}
