import { demoModel } from './curl.domain.js';

/** Each streams the same answer as the curl command, with the official SDK of its language. */
export function pythonExample(baseUrl: string, apiKey: string): string {
  return [
    'from openai import OpenAI',
    '',
    'client = OpenAI(',
    `    base_url="${baseUrl}",`,
    `    api_key="${apiKey}",`,
    ')',
    'stream = client.chat.completions.create(',
    `    model="${demoModel}",`,
    '    stream=True,',
    '    messages=[{"role": "user", "content": "Hello!"}],',
    ')',
    'for chunk in stream:',
    '    if chunk.choices:',
    '        print(chunk.choices[0].delta.content or "", end="", flush=True)',
  ].join('\n');
}

export function javaScriptExample(baseUrl: string, apiKey: string): string {
  return [
    "import OpenAI from 'openai';",
    '',
    'const client = new OpenAI({',
    `  baseURL: '${baseUrl}',`,
    `  apiKey: '${apiKey}',`,
    '});',
    'const stream = await client.chat.completions.create({',
    `  model: '${demoModel}',`,
    '  stream: true,',
    "  messages: [{ role: 'user', content: 'Hello!' }],",
    '});',
    'for await (const chunk of stream) {',
    "  process.stdout.write(chunk.choices[0]?.delta.content ?? '');",
    '}',
  ].join('\n');
}
