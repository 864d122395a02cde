import { languages, pageTexts, type Language } from '../first-steps/first-steps-text.domain.js';
import { topUpStyle } from './top-up-style.domain.js';
import { topUpTexts } from './top-up-text.domain.js';

const icon =
  'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"%3E%3Ccircle cx="4" cy="4" r="4" fill="%2308734e"/%3E%3C/svg%3E';
/** Whole dollars. */
const amounts = ['5', '25', '100'] as const;

export interface TopUpPage {
  readonly language: Language;
  /** Why the last amount was refused; null at first. */
  readonly refusal: string | null;
  /** The amount that was refused, as it was written. */
  readonly written: string;
  /** This reader may not top up here. */
  readonly isForeign: boolean;
}

/** The whole page, without a script: nothing comes from elsewhere, and everything that stands in it is escaped. */
export function topUpPageText({ language, refusal, written, isForeign }: TopUpPage): string {
  const text = topUpTexts[language];
  const { htmlLanguage, languageChoice } = pageTexts[language];
  const refused = refusal === null ? '' : `<p class="refused" role="alert" id="refusal">${escaped(refusal)}</p>`;
  return `<!doctype html>
<html lang="${htmlLanguage}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escaped(`${text.title} · ApiLink`)}</title>
<link rel="icon" href="${escaped(icon)}">
<style>${topUpStyle}</style>
</head>
<body>
<header>
<span class="brand">ApiLink</span>
<nav aria-label="${escaped(languageChoice)}">${languages.map((other) => languageLink(other, language)).join('')}</nav>
</header>
<main>
<p class="notice"><b>${escaped(text.sandbox)}</b> ${escaped(text.sandboxHint)}</p>
<h1>${escaped(text.title)}</h1>
${isForeign ? `<p class="lead">${escaped(text.local)}</p>` : `<p class="lead">${escaped(text.lead)}</p>\n${refused}\n${forms(language, written, refusal !== null)}`}
</main>
<footer><p><a href="/?lang=${language}">${escaped(text.home)}</a></p></footer>
</body>
</html>
`;
}

function forms(language: Language, written: string, isRefused: boolean): string {
  const text = topUpTexts[language];
  const action = `/top-up?lang=${language}`;
  const described = isRefused ? ' aria-invalid="true" aria-describedby="refusal least"' : ' aria-describedby="least"';
  return `<form method="post" action="${action}" class="amounts" aria-label="${escaped(text.choose)}">
<input type="hidden" name="currency" value="USD">
${amounts.map((amount) => `<button type="submit" name="amount" value="${amount}">$${amount}</button>`).join('\n')}
</form>
<h2>${escaped(text.otherAmount)}</h2>
<form method="post" action="${action}" class="other">
<div><label for="amount">${escaped(text.amount)}</label><input id="amount" name="amount" inputmode="decimal" autocomplete="off" required maxlength="14" value="${escaped(written)}"${described}></div>
<div><label for="currency">${escaped(text.currency)}</label><select id="currency" name="currency"><option value="USD">${escaped(text.dollars)}</option><option value="CNY">${escaped(text.yuan)}</option></select></div>
<button type="submit">${escaped(text.go)}</button>
</form>
<p class="hint" id="least">${escaped(text.least)}</p>`;
}

function languageLink(other: Language, current: Language): string {
  const { htmlLanguage, languageName } = pageTexts[other];
  if (other === current) return `<span aria-current="true">${languageName}</span>`;
  return `<a href="/top-up?lang=${other}" lang="${htmlLanguage}" hreflang="${htmlLanguage}">${languageName}</a>`;
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
