import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'

/** The project's own folder; an installation may come without its pages. */
const project = new URL('../../../../../', import.meta.url)

export type Document = { readonly title: string; readonly path: string }

/** Serves the project's pages as the text they are, and answers where each is. */
export function mountDocs(surface: FastifyInstance): readonly Document[] {
  const folder = new URL('docs/', project)
  const inFolder = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.md')) : []
  const pages = [['README.md', project] as const, ...inFolder.map((name) => [name, folder] as const)]
  const found: Document[] = []
  for (const [name, where] of pages) {
    const file = fileURLToPath(new URL(name, where))
    if (!existsSync(file)) continue
    const path = `/sandbox/docs/${name}`
    surface.get(path, { config: { open: true } }, (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(readFileSync(file)),
    )
    const title = /^# (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1]?.replaceAll('`', '') ?? name
    found.push({ title, path })
  }
  return found
}
