import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'

/** The project's own folder; an installation may come without its pages. */
const project = new URL('../../../../../', import.meta.url)

/** Serves the project's pages as the text they are, and answers their paths by name. */
export function mountDocs(surface: FastifyInstance): ReadonlyMap<string, string> {
  const folder = new URL('docs/', project)
  const inFolder = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.md')) : []
  const pages = [['README.md', project] as const, ...inFolder.map((name) => [name, folder] as const)]
  const paths = new Map<string, string>()
  for (const [name, where] of pages) {
    const file = fileURLToPath(new URL(name, where))
    if (!existsSync(file)) continue
    const path = `/sandbox/docs/${name}`
    surface.get(path, { config: { open: true } }, (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(readFileSync(file)),
    )
    paths.set(name, path)
  }
  return paths
}
