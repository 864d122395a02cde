import { indicatorOf, type Board } from '../component/board.domain.js';
import type { Component, ComponentStatus, Endpoint } from '../component/component.domain.js';
import { pageStyle } from './page-style.domain.js';
import { languages, statusTexts, type Language, type StatusText } from './status-text.domain.js';

/** Bytes that the list of models may take, so that the whole page stays below 50 KB. */
const LIST_BYTES_MAX = 38 * 1024;

const icon =
  'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"%3E%3Ccircle cx="4" cy="4" r="4" fill="%2308734e"/%3E%3C/svg%3E';

/** Signs that differ in form, for whoever does not see the colours. */
const signs: Readonly<Record<string, string>> = {
  operational: '✓',
  none: '✓',
  degraded: '!',
  minor: '!',
  outage: '✕',
  major: '✕',
  critical: '✕',
  unknown: '?',
};

/** The whole page, without a script: nothing comes from elsewhere, and everything that stands in it is escaped. */
export function statusPage(board: Board, language: Language): string {
  const text = statusTexts[language];
  const indicator = board.staleSince === null ? indicatorOf(board.components) : 'unknown';
  const headline = text.headlines[indicator];
  return `<!doctype html>
<html lang="${text.htmlLanguage}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(`${headline} · ApiLink ${text.title}`)}</title>
<link rel="icon" href="${escaped(icon)}">
<style>${pageStyle}</style>
</head>
<body>
<header>
<span class="brand">ApiLink<span>${escaped(text.title)}</span></span>
<nav aria-label="${escaped(text.languageChoice)}">${languages.map((other) => languageLink(other, language)).join('')}</nav>
</header>
<main>
<section class="overall ${indicator}">
${sign(indicator)}
<div><h1>${escaped(headline)}</h1><p>${overallHint(board, text)}</p></div>
</section>
${staleNotice(board, text)}
<h2>${escaped(text.models)}</h2>
<p>${escaped(text.modelsHint)}</p>
${models(board, text)}
<h2>${escaped(text.reading)}</h2>
<dl>${(['operational', 'degraded', 'outage', 'unknown'] as const).map((status) => meaning(status, text)).join('')}</dl>
</main>
<footer>
<ul aria-label="${escaped(text.links)}">
<li><a href="/api/v2/summary.json">${escaped(text.json)}</a></li>
</ul>
</footer>
</body>
</html>
`;
}

function languageLink(other: Language, current: Language): string {
  const { htmlLanguage, languageName } = statusTexts[other];
  if (other === current) return `<span aria-current="true">${languageName}</span>`;
  return `<a href="/status?lang=${other}" lang="${htmlLanguage}" hreflang="${htmlLanguage}">${languageName}</a>`;
}

/** Of when it is; and why nothing is known, where nothing was heard although everything can be. */
function overallHint({ components, at, staleSince }: Board, text: StatusText): string {
  const asOf = `${escaped(text.asOf)} ${time(staleSince ?? at)}`;
  const isQuiet = staleSince === null && components.length > 0 && indicatorOf(components) === 'unknown';
  return isQuiet ? `${escaped(text.noneKnown)} ${asOf}` : asOf;
}

function staleNotice({ staleSince }: Board, text: StatusText): string {
  if (staleSince === null) return '';
  const gap = text.htmlLanguage === 'en' ? '' : ' ';
  return `<p class="notice" role="status">${escaped(text.staleBefore)} ${time(staleSince)}${gap}${escaped(text.staleAfter)}</p>`;
}

/** What is wrong stands first; what does not fit is counted. */
function models({ components }: Board, text: StatusText): string {
  if (components.length === 0) return `<p class="empty">${escaped(text.nothingYet)}</p>`;
  const ordered = components.toSorted((one, other) => urgency[one.status] - urgency[other.status]);
  const items: string[] = [];
  let bytes = 0;
  for (const component of ordered) {
    const item = modelItem(component, text);
    bytes += Buffer.byteLength(item) + 1;
    if (bytes > LIST_BYTES_MAX) break;
    items.push(item);
  }
  const left = ordered.length - items.length;
  const more = left === 0 ? '' : `<p class="more">${escaped(text.moreBefore)} ${left} ${escaped(text.moreAfter)}</p>`;
  return `<ul class="models">\n${items.join('\n')}\n</ul>${more}`;
}

const urgency: Readonly<Record<ComponentStatus, number>> = { outage: 0, degraded: 1, operational: 2, unknown: 3 };

function modelItem({ componentId, status, since, endpoints }: Component, text: StatusText): string {
  const isTrouble = status === 'degraded' || status === 'outage';
  const when = isTrouble ? `<span class="when">${escaped(text.since)} ${time(since)}</span>` : '';
  const providers = endpoints.map((endpoint) => providerItem(endpoint, text)).join('');
  return `<li><div class="row"><h3>${escaped(componentId)}</h3>${when}${state(status, text)}</div><ul class="providers">${providers}</ul></li>`;
}

function providerItem(endpoint: Endpoint, text: StatusText): string {
  return `<li><b>${escaped(endpoint.provider)}</b>${factsOf(endpoint, text)
    .map((fact) => `<span>${fact}</span>`)
    .join('')}</li>`;
}

function factsOf({ isIdle, status, ...known }: Endpoint, text: StatusText): readonly string[] {
  if (isIdle) return [escaped(text.idle)];
  if (status === 'unknown')
    return [`${escaped(text.silent)} ${time(known.heardAt)}`, escaped(text.statuses[known.lastKnown])];
  const facts: string[] = [];
  if (status !== 'operational') facts.push(`<i class="${status}">${escaped(text.statuses[status])}</i>`);
  if (known.uptime30m !== null) facts.push(figure(percent(known.uptime30m), text.uptime));
  if (known.firstTokenP50Ms !== null) facts.push(figure(`${Math.round(known.firstTokenP50Ms)} ms`, text.firstToken));
  return facts;
}

function figure(value: string, sentence: string): string {
  return escaped(sentence).replace('{value}', `<span class="figure">${value}</span>`);
}

function meaning(status: ComponentStatus, text: StatusText): string {
  return `<dt>${state(status, text)}</dt><dd>${escaped(text.meanings[status])}</dd>`;
}

function state(status: ComponentStatus, text: StatusText): string {
  return `<span class="state ${status}">${sign(status)}${escaped(text.statuses[status])}</span>`;
}

function sign(name: string): string {
  return `<span class="sign" aria-hidden="true">${signs[name] ?? ''}</span>`;
}

/** Never rounded up to a whole that it is not. */
function percent(share: number): string {
  return `${(Math.floor(share * 10_000) / 100).toFixed(share === 1 ? 0 : 2)} %`;
}

/** To the minute, UTC. */
function time(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)}</time>`;
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
