import { curlCommand, demoModel } from './curl.domain.js';
import { languages, pageTexts, type Language } from './first-steps-text.domain.js';
import { pageStyle } from './page-style.domain.js';

export interface FirstSteps {
  readonly language: Language;
  readonly baseUrl: string;
  /** Null = this reader may not see it. */
  readonly apiKey: string | null;
  /** Probes and metrics. */
  readonly adminUrl: string;
}

const placeholder = 'sk-al-v1-…';

/** The whole page: no script, nothing from elsewhere; everything that stands in it is escaped. */
export function firstStepsPage({ language, baseUrl, apiKey, adminUrl }: FirstSteps): string {
  const text = pageTexts[language];
  const key = apiKey ?? placeholder;
  return `<!doctype html>
<html lang="${text.htmlLanguage}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(text.title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<nav>${languages.map((other) => languageLink(other, language)).join(' · ')}</nav>
<h1><span class="dot" aria-hidden="true"></span>${escaped(text.title)}</h1>
<p class="lead">${escaped(text.lead)}</p>
<dl>
<dt>${escaped(text.baseUrl)}</dt><dd><code class="copy">${escaped(baseUrl)}</code></dd>
<dt>${escaped(text.apiKey)}</dt><dd>${apiKey === null ? escaped(text.keyHidden) : `<code class="copy">${escaped(key)}</code>`}</dd>
</dl>
<h2>${escaped(text.firstRequest)}</h2>
<p>${escaped(text.firstRequestHint)}</p>
${block(curlCommand(baseUrl, key))}
<h2>${escaped(text.fromCode)}</h2>
${block(pythonExample(baseUrl, key))}
<h2>${escaped(text.whatItCost)}</h2>
<p>${escaped(text.whatItCostHint)}</p>
${block('npx apilink receipt gen_…\nnpx apilink account show\nnpx apilink audit')}
<h2>${escaped(text.realProviders)}</h2>
<p>${escaped(text.realProvidersHint)}</p>
<h2>${escaped(text.links)}</h2>
<ul>
<li><a href="${escaped(baseUrl)}/models">${escaped(text.models)}</a></li>
<li><a href="${escaped(adminUrl)}/health/ready">${escaped(text.health)}</a></li>
<li><a href="${escaped(adminUrl)}/metrics">${escaped(text.metrics)}</a></li>
</ul>
</main>
</body>
</html>
`;
}

function languageLink(other: Language, current: Language): string {
  const { htmlLanguage, languageName } = pageTexts[other];
  if (other === current) return `<span aria-current="true">${languageName}</span>`;
  return `<a href="/?lang=${other}" lang="${htmlLanguage}">${languageName}</a>`;
}

function block(code: string): string {
  return `<pre class="copy" tabindex="0"><code>${escaped(code)}</code></pre>`;
}

function pythonExample(baseUrl: string, apiKey: string): string {
  return [
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url="${baseUrl}", api_key="${apiKey}")`,
    'stream = client.chat.completions.create(',
    `    model="${demoModel}", stream=True,`,
    '    messages=[{"role": "user", "content": "Hello!"}],',
    ')',
    'for chunk in stream:',
    '    print(chunk.choices[0].delta.content or "", end="", flush=True)',
  ].join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
