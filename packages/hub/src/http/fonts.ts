import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'

/**
 * Khmer is shipped with the page: many phones and desktops have no font for it, and a third party must not learn who pays.
 * Noto Sans Khmer, SIL Open Font License 1.1; only its Khmer part (about 23 KB a weight), everything else is the system's.
 */
const weights = [400, 700] as const
const family = 'Noto Sans Khmer'
/** The version is in the name, so that it may be kept for ever. */
const version = '5.3.0'

/** `@font-face` rules for the page's style. */
export const fontFaces = weights
  .map(
    (weight) =>
      `@font-face{font-family:"${family}";font-weight:${weight};font-display:swap;` +
      `src:url(${pathOf(weight)}) format("woff2");unicode-range:U+1780-17FF,U+19E0-19FF,U+200B-200D,U+25CC}`,
  )
  .join('')

/** Serves the files that `fontFaces` names. */
export function mountFonts(surface: FastifyInstance): void {
  for (const weight of weights) {
    const file = readFileSync(
      fileURLToPath(
        import.meta.resolve(`@fontsource/noto-sans-khmer/files/noto-sans-khmer-khmer-${weight}-normal.woff2`),
      ),
    )
    surface.get(pathOf(weight), { config: { open: true, rateLimit: false } }, (_request, reply) =>
      reply.header('Cache-Control', 'public, max-age=31536000, immutable').type('font/woff2').send(file),
    )
  }
}

function pathOf(weight: (typeof weights)[number]): string {
  return `/fonts/noto-sans-khmer-${version}-${weight}.woff2`
}
