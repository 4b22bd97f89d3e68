import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { sha256Hex } from '../kit/crypto.ts'
import { fontFaces } from './fonts.ts'
import { scriptOf } from './page-script.ts'

/** What a merchant sets about the pages that his customers pay on. */
export type PageTheme = {
  /** At the head of every page; undefined: whoever the code says is paid. */
  readonly name: string | undefined
  /** `#rrggbb`, dark enough for white words. */
  readonly colour: string
  readonly logo: { readonly type: string; readonly bytes: Uint8Array } | undefined
  /** Whom customers ask. */
  readonly contact: string | undefined
  /** Names of banking apps that can scan KHQR. */
  readonly apps: readonly string[]
  /** Sites that may show the pages in a frame; empty: none. */
  readonly frameOrigins: readonly string[]
}

/** A theme with the paths of the files that its pages fetch. */
export type PageLook = PageTheme & {
  readonly stylesheet: string
  readonly script: string
  readonly logoPath: string | undefined
  /** The played banking app; there is none where banks are real. */
  readonly sandboxPhone: string | undefined
}

const forEver = 'public, max-age=31536000, immutable'

/** Serves what every page fetches: one stylesheet, one script, and the logo. Their names change with what is in them. */
export function mountPageLook(
  surface: FastifyInstance,
  theme: PageTheme,
  { sandboxPhone }: Pick<PageLook, 'sandboxPhone'> = { sandboxPhone: undefined },
): PageLook {
  const { colour, logo } = theme
  const css = `${fontFaces}:root{--brand:${colour}}${shortened(readFileSync(new URL('page.css', import.meta.url), 'utf8'))}`
  const stylesheet = mount(surface, 'css', 'text/css; charset=utf-8', Buffer.from(css))
  const script = mount(surface, 'js', 'text/javascript; charset=utf-8', Buffer.from(scriptOf('page.js')))
  const logoPath = logo && mount(surface, 'logo', logo.type, Buffer.from(logo.bytes))
  return { ...theme, stylesheet, script, logoPath, sandboxPhone }
}

/** Without its comments and indentation: what is sent over a slow line. */
function shortened(css: string): string {
  return css.replace(/\/\*.*?\*\//gs, '').replace(/\s*\n\s*/g, '')
}

function mount(surface: FastifyInstance, ending: 'css' | 'js' | 'logo', type: string, bytes: Buffer): string {
  const path = `/pay/assets/page-${sha256Hex(bytes).slice(0, 12)}.${ending}`
  const zipped = gzipSync(bytes, { level: 9 })
  surface.get(path, { config: { open: true, rateLimit: false } }, (request, reply) => {
    reply.header('Cache-Control', forEver).header('Vary', 'Accept-Encoding').type(type)
    // Of a picture that is opened by itself nothing runs either.
    reply.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    if (!takesGzip(request.headers['accept-encoding'])) return reply.send(bytes)
    return reply.header('Content-Encoding', 'gzip').send(zipped)
  })
  return path
}

/** Sends a page as small as its reader can take it: most of them stand behind a slow line. */
export function sendSmall(reply: FastifyReply, html: string): FastifyReply {
  if (!takesGzip(reply.request.headers['accept-encoding'])) return reply.send(html)
  return reply.header('Content-Encoding', 'gzip').send(gzipSync(html))
}

function takesGzip(accepted: string | string[] | undefined): boolean {
  return /(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0+)?\s*(?:,|$))[\d.]+)?\s*(?:,|$)/i.test(String(accepted ?? ''))
}
