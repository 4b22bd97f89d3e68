import type { Language } from './language.ts'
import { css } from './page-style.ts'
import { escaped } from './page-text.ts'

const languageNames: Record<Language, string> = { km: 'ខ្មែរ', en: 'English' }

/** A page of ours for customers. `title` and `body` are markup; `path` is its own, for the other language and for looking again. */
export function documentOf(page: {
  readonly language: Language
  readonly path: string
  readonly status: string
  readonly title: string
  readonly body: readonly string[]
  readonly refresh: { readonly everyS: number; readonly path: string } | undefined
}): string {
  const { language, path, status, title, body, refresh } = page
  const other: Language = language === 'km' ? 'en' : 'km'
  const otherPath = `${path.split('?')[0] ?? ''}?lang=${other}`
  return [
    `<!doctype html><html lang="${language}" data-status="${escaped(status)}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    refresh ? `<meta http-equiv="refresh" content="${refresh.everyS};url=${escaped(refresh.path)}">` : '',
    `<title>${title}</title><style>${css}</style></head><body><main>`,
    `<nav><a href="${escaped(otherPath)}" lang="${other}" hreflang="${other}">${languageNames[other]}</a></nav>`,
    ...body,
    '</main></body></html>\n',
  ].join('')
}
