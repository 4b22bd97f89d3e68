import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { mountFonts } from '../../src/http/fonts.ts'
import { mountPageLook, type PageTheme } from '../../src/http/page-look.ts'
import { pagePolicy } from '../../src/http/page-shell.ts'
import { contentSecurityPolicy } from '../../src/http/page-style.ts'
import { type OtherPage, otherPageNames, renderOther } from './other-pages.ts'
import { renderPlain, renderState, sampleLook, stateSamples } from './page-states.ts'

/** Pages about no payment that can be shown. */
export const plainPageNames = ['notFound', 'error', 'refused'] as const

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
    const plain = plainPageNames.find((one) => one === name)
    reply.type('text/html; charset=utf-8').header('Content-Security-Policy', pagePolicy(look, 'https://bank.example'))
    if (plain) return reply.send(renderPlain(plain, language, undefined, look))
    const other = otherPageNames.find((one) => one === name)
    if (other) return sendOther(reply, other, renderOther(other, look, language, digits === 'km' ? 'km' : 'latn'))
    if (!sample) return reply.send(stateSamples.map((one) => `<p><a href="/${one.name}">${one.name}</a>`).join(''))
    const how = { language, look, digits: digits === 'km' ? 'km' : 'latn' } as const
    return reply.send(renderState(sample, how))
  })
  const url = await surface.listen({ host: '127.0.0.1', port: 0 })
  return { surface, url }
}

function sendOther(reply: FastifyReply, name: OtherPage, html: string): FastifyReply {
  // Receipts bring their style with them.
  if (name.includes('receipt')) reply.header('Content-Security-Policy', contentSecurityPolicy(undefined))
  return reply.send(html)
}

if (import.meta.main) process.stdout.write(`${(await showStates()).url}/list\n`)
