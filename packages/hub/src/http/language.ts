import type { FastifyRequest } from 'fastify'

/** A customer's language. */
export type Language = 'km' | 'en'

export const languageCookie = 'khqr_lang'

export type ChosenLanguage = {
  readonly language: Language
  /** The customer's own switch, in this very request. */
  readonly isSwitched: boolean
}

/** The customer's switch, then what it was set to before, then the browser's wish, then English. */
export function chooseLanguage(request: FastifyRequest): ChosenLanguage {
  const { lang } = request.query as { readonly lang?: unknown }
  if (isLanguage(lang)) return { language: lang, isSwitched: true }
  const kept = new RegExp(`(?:^|;\\s*)${languageCookie}=(km|en)(?:;|$)`).exec(request.headers.cookie ?? '')?.[1]
  return { language: isLanguage(kept) ? kept : wished(request.headers['accept-language']), isSwitched: false }
}

/** The best of "km-KH,km;q=0.9,en;q=0.8" that the page speaks. */
function wished(header: string | undefined): Language {
  const ranges = (header ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => /^\s*([a-z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q=(\d(?:\.\d{1,3})?)\s*)?$/i.exec(part))
    .map((parts) => ({ language: parts?.[1]?.toLowerCase(), quality: Number(parts?.[2] ?? 1) }))
    .filter((range) => isLanguage(range.language) && range.quality > 0)
    .sort((left, right) => right.quality - left.quality)
  return ranges[0]?.language === 'km' ? 'km' : 'en'
}

function isLanguage(text: unknown): text is Language {
  return text === 'km' || text === 'en'
}
