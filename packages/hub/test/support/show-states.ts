import Fastify, { type FastifyInstance } from 'fastify'
import { mountFonts } from '../../src/http/fonts.ts'
import { mountPageLook, type PageTheme } from '../../src/http/page-look.ts'
import { pagePolicy } from '../../src/http/page-shell.ts'
import { renderPlain, renderState, sampleLook, stateSamples } from './page-states.ts'

/**
 * Serves every state of the page, with its real stylesheet, script and font: `/{name of the sample}?lang=km&digits=km`. Run
 * by itself, for whoever wants to look at them.
 */
export async function showStates(theme: Partial<PageTheme> = {}): Promise<{ surface: FastifyInstance; url: string }> {
  const surface = Fastify()
  mountFonts(surface)
  const look = mountPageLook(surface, { ...sampleLook, ...theme })
  surface.get('/:name', (request, reply) => {
    const { name } = request.params as { name: string }
    const { lang, digits } = request.query as { lang?: string; digits?: string }
    const language = lang === 'km' ? 'km' : 'en'
    const sample = stateSamples.find((one) => one.name === name)
    const plain = (['notFound', 'error', 'refused'] as const).find((one) => one === name)
    reply.type('text/html; charset=utf-8').header('Content-Security-Policy', pagePolicy(look, 'https://bank.example'))
    if (plain) return reply.send(renderPlain(plain, language, undefined, look))
    if (!sample) return reply.send(stateSamples.map((one) => `<p><a href="/${one.name}">${one.name}</a>`).join(''))
    const how = { language, look, digits: digits === 'km' ? 'km' : 'latn' } as const
    return reply.send(renderState(sample, how))
  })
  const url = await surface.listen({ host: '127.0.0.1', port: 0 })
  return { surface, url }
}

if (import.meta.main) process.stdout.write(`${(await showStates()).url}/list\n`)
