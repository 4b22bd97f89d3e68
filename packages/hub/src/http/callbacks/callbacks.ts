import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Callbacks } from '../../banks/callback.ts'
import { Refusal } from '../../domain/errors.ts'
import type { Asker, BankAtWork, Hub } from '../../flows/hub.ts'
import { noteSecurityEvent } from '../../flows/note-security-event.ts'
import { takeCallback } from '../../flows/take-callback.ts'
import { refuseOtherMethods } from '../other-methods.ts'
import { answerRefusal } from '../problem.ts'
import { asRefusal, rawBody, type SurfaceTools, traceparentOf } from '../server.ts'

/** Whoever waits for an answer gets one within 2 s, also when our own database hangs. */
const answerWithinMs = 1_800

/** A bank that tells us by callbacks. */
type Teller = { readonly at: BankAtWork; readonly callbacks: Callbacks }

/** A message and whose it is, as far as its path says. */
type Addressed = Teller & { readonly accountNumber: string }

/**
 * The callbacks of banks, each on the path that its connector names, with and without the account's own part. Nobody logs
 * in here: the path, the address and the signature say whose message it is, and its content is never believed.
 */
export function mountCallbacks(surface: FastifyInstance, { hub, settings }: SurfaceTools): void {
  const tellers = [...hub.banks.values()].flatMap((at) =>
    at.bank.callbacks ? [{ at, callbacks: at.bank.callbacks }] : [],
  )
  const config = {
    open: true,
    bankRoute: true,
    rateLimit: { max: settings.webhooksPerMinute, keyGenerator: (request: FastifyRequest) => `callback ${request.ip}` },
  }
  for (const root of new Set(tellers.map(({ callbacks }) => callbacks.path))) {
    const here = tellers.filter(({ callbacks }) => callbacks.path === root)
    const paths = [root, `${root}/:account`]
    for (const url of paths) {
      surface.route({
        method: ['GET', 'POST'],
        url,
        config,
        handler: (request, reply) => timed(hub, here, request, reply),
      })
    }
    const routes = paths.flatMap((path) => ['GET', 'POST'].map((method) => ({ method, path })))
    refuseOtherMethods(surface, routes, { config })
  }
}

/** A message's verdict and its time are counted, whatever they are. */
async function timed(
  hub: Hub,
  here: readonly Teller[],
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const startedMs = hub.clock.monotonicMs()
  let bank = 'unknown'
  try {
    const addressed = addresseeOf(hub, here, request)
    bank = addressed.at.code
    const answer = await inTime(hub, take(hub, addressed, request))
    reply.code(answer.status).type('application/json; charset=utf-8').send(answer.body)
  } catch (error) {
    answerRefusal(reply, asRefusal(hub, error, request), hub.clock.now())
  } finally {
    hub.metrics.webhookSeconds.observe({ bank, route: 'callback' }, (hub.clock.monotonicMs() - startedMs) / 1_000)
    hub.metrics.webhookVerdicts.inc({ bank, route: 'callback', status: String(reply.statusCode) })
  }
  return reply
}

/** Whose messages come here, of the banks that send from this address. An unknown part of the path is no path. */
function addresseeOf(hub: Hub, here: readonly Teller[], request: FastifyRequest): Addressed {
  const heard = here.filter(({ at }) => at.allows?.(request.ip) ?? true)
  if (heard.length === 0) {
    const sentence = "A message on a bank's path came from an address that is not the bank's."
    note(hub, request, { kind: 'wrong_address', banks: here, sentence })
    throw new Refusal('FORBIDDEN', 'Messages are not taken from this address')
  }
  const { account } = request.params as { readonly account?: string }
  // Every bank is asked, also after one knew it: how long it takes says nothing about what is right.
  const found = heard.flatMap((teller) => {
    const accountNumber = teller.callbacks.accountOf(account)
    return accountNumber === undefined ? [] : [{ ...teller, accountNumber }]
  })
  if (found.length === 1 && found[0]) return found[0]
  note(hub, request, {
    kind: 'wrong_merchant',
    banks: heard,
    sentence: 'A message came on a path that names no merchant account of ours.',
  })
  throw new Refusal('RESOURCE_NOT_FOUND', 'No such path')
}

function note(
  hub: Hub,
  request: FastifyRequest,
  about: {
    readonly kind: 'wrong_address' | 'wrong_merchant'
    readonly banks: readonly Teller[]
    readonly sentence: string
  },
): void {
  noteSecurityEvent(hub, {
    kind: about.kind,
    actor: `address ${request.ip}`,
    object: `callback of ${about.banks.map(({ at }) => at.code).join(', ')}`,
    sentence: about.sentence,
    correlationId: request.id,
  })
}

async function take(hub: Hub, { at, callbacks, accountNumber }: Addressed, request: FastifyRequest) {
  const body = rawBody(request)
  // Banks look whether anybody is there before they send anything.
  if (request.method === 'GET' || body.length === 0) return callbacks.answer('taken')
  const contentType = request.givenContentType
  const asker: Asker = { actor: `bank ${at.code}`, correlationId: request.id, traceparent: traceparentOf(request) }
  const verdict = await takeCallback(
    hub,
    asker,
    at,
    { address: request.ip, accountNumber },
    { contentType, body, headers: headersOf(request), receivedAt: hub.clock.now() },
  )
  return callbacks.answer(verdict)
}

function headersOf(request: FastifyRequest): Record<string, string | undefined> {
  const given = Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? undefined : value])
  return { ...Object.fromEntries(given), 'content-type': request.givenContentType }
}

/** What is not kept by then may still be: its sender is told to send it again, which is once in any case. */
async function inTime<Answer>(hub: Hub, answering: Promise<Answer>): Promise<Answer> {
  const late = hub.clock.wait(answerWithinMs).then(() => {
    throw new Refusal('SERVER_UNAVAILABLE', 'The hub cannot write now', {
      details: 'Try again in a moment',
      retryAfterS: 5,
    })
  })
  late.catch(() => {})
  return Promise.race([answering, late])
}
