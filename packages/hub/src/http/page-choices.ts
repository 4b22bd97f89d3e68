import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Digits } from './khmer-text.ts'
import { chooseLanguage, type Language, languageCookie } from './language.ts'

/** What a customer has chosen to read a page in. */
export type PageChoices = {
  readonly language: Language
  readonly digits: Digits
  /** Of this page, without what is asked of it. */
  readonly path: string
  /** The same with what was chosen in this request: it works where cookies do not. */
  readonly chosenPath: string
}

const digitsCookie = 'khqr_digits'
const keepS = 365 * 24 * 3_600

export function readChoices(request: FastifyRequest): PageChoices {
  const { language, isSwitched } = chooseLanguage(request)
  const { digits: given } = request.query as { readonly digits?: unknown }
  const kept = new RegExp(`(?:^|;\\s*)${digitsCookie}=(km|latn)(?:;|$)`).exec(request.headers.cookie ?? '')?.[1]
  const digits = isDigits(given) ? given : isDigits(kept) ? kept : 'latn'
  const path = ownPath(request.url)
  const chosen = [...(isSwitched ? [`lang=${language}`] : []), ...(isDigits(given) ? [`digits=${digits}`] : [])]
  return { language, digits, path, chosenPath: chosen.length === 0 ? path : `${path}?${chosen.join('&')}` }
}

/** As our own links name it: a request line may also name a host, and a link that was copied may end in slashes. */
export function ownPath(url: string): string {
  const [path = ''] = url.replace(/^https?:\/\/[^/]*/i, '').split(/[?#]/)
  return path.replace(/(?<=.)\/+$/, '')
}

/** Remembers what was chosen in this very request, for all pages. */
export function rememberChoices(reply: FastifyReply): void {
  const { request } = reply
  const { language, isSwitched } = chooseLanguage(request)
  const { digits } = request.query as { readonly digits?: unknown }
  const secure = request.protocol === 'https' ? '; Secure' : ''
  const keep = (name: string, value: string) =>
    `${name}=${value}; Path=/; Max-Age=${keepS}; HttpOnly; SameSite=Lax${secure}`
  const cookies = [
    ...(isSwitched ? [keep(languageCookie, language)] : []),
    ...(isDigits(digits) ? [keep(digitsCookie, digits)] : []),
  ]
  if (cookies.length > 0) reply.header('Set-Cookie', cookies)
}

function isDigits(text: unknown): text is Digits {
  return text === 'km' || text === 'latn'
}
