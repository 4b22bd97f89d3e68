import { withWordBreaks } from '../khmer-text.ts'
import type { Language } from '../language.ts'
import { documentOf } from '../page-document.ts'
import { escaped } from '../page-text.ts'
import type { ShownReceipt } from './shown-receipt.ts'
import { sentences } from './words.ts'

/** `path` is the page's own, without a query. */
export function receiptPage(shown: ShownReceipt, path: string): string {
  const { language } = shown
  const words = (text: string) => escaped(language === 'km' ? withWordBreaks(text) : text)
  const say = (name: 'title' | 'pdf') => escaped(sentences[name][language])
  const rows = shown.rows.map(([label, value]) => `<dt>${escaped(label)}</dt><dd>${escaped(value)}</dd>`)
  return documentOf({
    language,
    path,
    status: 'agrees',
    title: `${say('title')} ${escaped(shown.number)}`,
    body: [
      shown.issuer === undefined ? '' : `<p class="issuer">${escaped(shown.issuer)}</p>`,
      `<h1>${say('title')}</h1>`,
      `<p class="amount">${escaped(shown.amount)}</p>`,
      `<dl>${rows.join('')}</dl>`,
      ...shown.notes.map((note) => `<p>${words(note)}</p>`),
      `<a class="act plain" href="${escaped(`${path}.pdf?lang=${language}`)}">${say('pdf')}</a>`,
    ],
    refresh: undefined,
  })
}

/** A page that shows no receipt. */
export function noReceiptPage(
  kind: 'disagrees' | 'notFound' | 'trouble',
  { language, path }: { readonly language: Language; readonly path: string },
): string {
  const words = (text: string) => escaped(language === 'km' ? withWordBreaks(text) : text)
  const title = words(sentences[kind][language])
  const status = kind === 'notFound' ? 'not_found' : kind
  const more = words(sentences[`${kind}More`][language])
  return documentOf({
    language,
    path,
    status,
    title,
    body: [`<h1>${title}</h1>`, `<p>${more}</p>`],
    refresh: undefined,
  })
}
