import { relative } from 'node:path';

/** What the terminal shows when every process is ready. */
export function greeting({ quickstart, folder, elapsedMs }) {
  const { baseUrl, apiKey, services } = quickstart;
  const dataDir = quoted(relative(process.cwd(), folder) || '.');
  const apilink = `APILINK_DATA_DIR=${dataDir} npx apilink`;
  const edges = Object.keys(services).filter((name) => /^edge-proxy(-\d+)?$/.test(name));
  const body = '{"model":"demo/echo","stream":true,"messages":[{"role":"user","content":"Hello!"}]}';
  return `
The cluster is ready (${(elapsedMs / 1000).toFixed(1)} s).

  Edges        ${edges.map((name) => `${services[name]}/v1`).join('\n               ')}
  API key      ${apiKey}
  Logs         ${dataDir}/logs

Ask the demo provider; it answers offline, token by token:

curl -N ${baseUrl}/chat/completions \\
  -H 'Authorization: Bearer ${apiKey}' \\
  -H 'Content-Type: application/json' \\
  -d '${body}'

What it cost, and what is left (in another terminal, in this folder):

  ${apilink} receipt
  ${apilink} account show

Ctrl-C stops all of it; everything is kept.
`;
}

/** As one word for a shell. */
function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
