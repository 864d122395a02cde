import { javaScriptExample, pythonExample } from './code-example.domain.js';
import { curlCommand } from './curl.domain.js';
import { languages, pageTexts, type Language, type PageText } from './first-steps-text.domain.js';
import { pageScript } from './page-script.domain.js';
import { pageStyle } from './page-style.domain.js';

export interface FirstSteps {
  readonly language: Language;
  readonly baseUrl: string;
  /** Null = this reader may not see it. */
  readonly apiKey: string | null;
  /** Probes and metrics. */
  readonly adminUrl: string;
  /** Whether play money tops up here. */
  readonly hasTopUp: boolean;
}

const placeholder = 'sk-al-v1-…';
const icon =
  'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"%3E%3Ccircle cx="4" cy="4" r="4" fill="%2308734e"/%3E%3C/svg%3E';

/** The whole page: nothing comes from elsewhere, and everything that stands in it is escaped. */
export function firstStepsPage({ language, baseUrl, apiKey, adminUrl, hasTopUp }: FirstSteps): string {
  const text = pageTexts[language];
  return `<!doctype html>
<html lang="${text.htmlLanguage}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escaped(text.title)}</title>
<link rel="icon" href="${escaped(icon)}">
<style>${pageStyle}</style>
</head>
<body>
<header>
<span class="brand">ApiLink</span>
<nav aria-label="${escaped(text.languageChoice)}">${languages.map((other) => languageLink(other, language)).join('')}</nav>
</header>
<main>
<h1><span class="dot" aria-hidden="true"></span>${escaped(text.title)}</h1>
<p class="lead">${escaped(text.lead)}</p>
${facts(text, baseUrl, apiKey)}
${steps({ text, baseUrl, key: apiKey ?? placeholder, hasTopUp, language })}
<p role="status"></p>
</main>
<footer>
<ul aria-label="${escaped(text.links)}">
<li><a href="/status">${escaped(text.status)}</a></li>
<li><a href="/api/router/v1/models">${escaped(text.models)}</a></li>
<li><a href="${escaped(adminUrl)}/health/ready">${escaped(text.health)}</a></li>
<li><a href="${escaped(adminUrl)}/metrics">${escaped(text.metrics)}</a></li>
</ul>
</footer>
<script>${pageScript}</script>
</body>
</html>
`;
}

function languageLink(other: Language, current: Language): string {
  const { htmlLanguage, languageName } = pageTexts[other];
  if (other === current) return `<span aria-current="true">${languageName}</span>`;
  return `<a href="/?lang=${other}" lang="${htmlLanguage}" hreflang="${htmlLanguage}">${languageName}</a>`;
}

function facts(text: PageText, baseUrl: string, apiKey: string | null): string {
  const fact = (title: string, value: string): string =>
    `<div><dt>${escaped(title)}</dt><dd><code>${escaped(value)}</code></dd>${copyButton(text, title)}</div>`;
  const hidden = `<div><dt>${escaped(text.apiKey)}</dt><dd class="hidden">${prose(text.keyHidden)}</dd></div>`;
  return `<dl class="facts">
${fact(text.baseUrl, baseUrl)}
${apiKey === null ? hidden : fact(text.apiKey, apiKey)}
</dl>`;
}

interface StepFacts {
  readonly text: PageText;
  readonly language: Language;
  readonly baseUrl: string;
  readonly key: string;
  readonly hasTopUp: boolean;
}

function steps({ text, language, baseUrl, key, hasTopUp }: StepFacts): string {
  const topUp = `<p class="go"><a href="/top-up?lang=${language}">${escaped(text.topUpLink)}</a></p>`;
  const block = (title: string, code: string): string =>
    `<div class="block"><pre><code>${escaped(code)}</code></pre>${copyButton(text, title)}</div>`;
  return `<ol>
${step(text.firstRequest, text.firstRequestHint, block(text.firstRequest, curlCommand(baseUrl, key)))}
${step(
  text.fromCode,
  text.fromCodeHint,
  `<details open><summary>Python</summary>${block('Python', pythonExample(baseUrl, key))}</details>`,
  `<details><summary>JavaScript</summary>${block('JavaScript', javaScriptExample(baseUrl, key))}</details>`,
)}
${step(text.whatItCost, text.whatItCostHint, block(text.whatItCost, 'npx apilink receipt\nnpx apilink account show\nnpx apilink audit'))}
${hasTopUp ? step(text.topUp, text.topUpHint, block(text.topUp, 'npx apilink topup create --usd 25'), topUp) : ''}
${step(text.realProviders, text.realProvidersHint, block(text.realProviders, 'OPENAI_API_KEY=sk-… npm start'))}
</ol>`;
}

function step(title: string, hint: string, ...examples: readonly string[]): string {
  return `<li><h2>${escaped(title)}</h2><p>${prose(hint)}</p>${examples.join('')}</li>`;
}

/** Hidden until the script finds that this browser can copy. */
function copyButton(text: PageText, title: string): string {
  return `<button type="button" hidden data-copied="${escaped(text.copied)}" aria-label="${escaped(`${text.copy}: ${title}`)}">${escaped(text.copy)}</button>`;
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

/** A sentence with code between backquotes. */
function prose(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
